using Picket.Events.Schema;
using Picket.Query.Language;
using Picket.Query.Operators;

namespace Picket.Query;

/// <summary>
/// A question about one event: the one tree behind searches, rules and facets. Immutable, thread-safe, equal by value.
/// A term on a field the event does not have is false, and so its negation true.
/// </summary>
public abstract record Filter
{
    private Filter()
    {
    }

    /// <summary>Holds for every event.</summary>
    public static readonly Filter Everything = new And([]);

    /// <summary>Holds for none.</summary>
    public static readonly Filter Nothing = new Or([]);

    /// <summary>As the query language writes it.</summary>
    public sealed override string ToString() => QueryPrinter.Print(this);

    /// <summary>What an event, or a block of events, must contain for this to hold at all.</summary>
    public Need Need => this switch
    {
        And and => Need.AllOf(and.Parts.Select(part => part.Need)),
        Or or => Need.AnyOf(or.Parts.Select(part => part.Need)),
        Term term => term.Operator.NeedOn(term.Field),
        SameAs same => Need.AllOf([new Need.Present(same.Field), new Need.Present(same.Other)]),
        _ => Need.Anything,
    };

    public static Filter AllOf(IEnumerable<Filter> parts) => parts.ToArray() is [var one] ? one : new And([.. parts]);

    /// <summary>The fields that are asked, each as often as it is.</summary>
    public IEnumerable<Field> Fields => this switch
    {
        And and => and.Parts.SelectMany(part => part.Fields),
        Or or => or.Parts.SelectMany(part => part.Fields),
        Not not => not.Part.Fields,
        Term term => [term.Field],
        SameAs same => [same.Field, same.Other],
        _ => [],
    };

    /// <summary>The same asked of other fields.</summary>
    public Filter WithFields(Func<Field, Field> other) => WithFields(field => [other(field)]);

    /// <summary>The same asked of other fields; of several for one, it holds where it does for any of them.</summary>
    public Filter WithFields(Func<Field, IReadOnlyList<Field>> others) => this switch
    {
        And and => new And([.. and.Parts.Select(part => part.WithFields(others))]),
        Or or => new Or([.. or.Parts.Select(part => part.WithFields(others))]),
        Not not => new Not(not.Part.WithFields(others)),
        Term term => AnyOf(others(term.Field).Select(field => new Term(field, term.Operator))),
        SameAs same => AnyOf(others(same.Field).SelectMany(field => others(same.Other).Select(other => same with { Field = field, Other = other }))),
        _ => this,
    };

    private static Filter AnyOf(IEnumerable<Filter> parts) => parts.ToArray() is [var one] ? one : new Or([.. parts]);

    public sealed record And(IReadOnlyList<Filter> Parts) : Filter
    {
        public bool Equals(And? other) => other is not null && Parts.SequenceEqual(other.Parts);

        public override int GetHashCode() => Parts.Aggregate(1, HashCode.Combine);
    }

    /// <summary>Of no parts: holds for no event.</summary>
    public sealed record Or(IReadOnlyList<Filter> Parts) : Filter
    {
        public bool Equals(Or? other) => other is not null && Parts.SequenceEqual(other.Parts);

        public override int GetHashCode() => Parts.Aggregate(2, HashCode.Combine);
    }

    public sealed record Not(Filter Part) : Filter;

    public sealed record Term(Field Field, Operator Operator) : Filter;

    /// <summary>Holds where the operator does for any field that the sender sent.</summary>
    public sealed record AnyField(Operator Operator) : Filter;

    /// <summary>Holds where one field's value is another's, or contains it, begins or ends with it.</summary>
    public sealed record SameAs(Field Field, Field Other, LiteralPlace Place, bool CaseCounts) : Filter;
}
