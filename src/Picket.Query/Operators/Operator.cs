using Picket.Events.Batches;
using Picket.Events.Schema;

namespace Picket.Query.Operators;

/// <summary>What a text without any sign means behind a field.</summary>
public enum BareText
{
    /// <summary>The whole value.</summary>
    Value,

    /// <summary>Words of it: the message.</summary>
    Words,

    /// <summary>A stretch of time: the events' own times.</summary>
    Time,
}

/// <summary>
/// What a term asks of a value. The meaning is <see cref="MatchesScalar"/>; the other methods may only be faster, or promise what must be there.
/// The rules for all operators: <c>null</c> satisfies none but those that say so; an array (or object in one) satisfies what one of its
/// members, at any depth, does; numbers are compared by their text except in ranges, so <c>404</c> equals <c>"404"</c> but not <c>404.0</c>;
/// case does not count unless the operator says so. Immutable, thread-safe, equal by value.
/// </summary>
public abstract record Operator
{
    /// <summary>The meaning for a text, number, boolean or time.</summary>
    public abstract bool MatchesScalar(Value value);

    protected virtual bool MatchesNull => false;

    /// <summary>As the query language writes it, after the field and its colon.</summary>
    /// <param name="bare">What a text without signs means for the field.</param>
    public abstract string Print(BareText bare);

    public sealed override string ToString() => Print(BareText.Value);

    /// <summary>A pattern of whole values, marked so where a bare one means something else.</summary>
    protected static string InValues(string pattern, BareText bare) => bare == BareText.Value ? pattern : $"equal({pattern})";

    /// <summary>A pattern of words, marked so where a bare one means something else.</summary>
    protected static string InWords(string pattern, BareText bare) => bare == BareText.Words ? pattern : $"phrase({pattern})";

    /// <summary>The whole meaning; what an interpreter calls.</summary>
    public bool Matches(Value value)
    {
        if (!value.IsJson)
        {
            return value.Kind == ValueKind.Null ? MatchesNull : MatchesScalar(value);
        }
        return MatchesJson(value);
    }

    /// <summary>Adds the entries that match.</summary>
    public virtual void Match(Entries entries, RowSet into)
    {
        for (var entry = 0; entry < entries.Count; entry++)
        {
            if (Matches(entries[entry]))
            {
                into.Add(entry);
            }
        }
    }

    /// <summary>Whether <see cref="Match(Numbers, RowSet)"/> is there.</summary>
    public virtual bool ReadsNumbers => false;

    /// <summary>Adds the rows that match, for a column kept as numbers; the same as by their text.</summary>
    public virtual void Match(Numbers numbers, RowSet into) => throw new NotSupportedException();

    /// <summary>What must be in the field for this to match.</summary>
    public virtual Need NeedOn(Field field) => new Need.Present(field);

    protected virtual bool MatchesJson(Value value)
    {
        var members = new JsonScalars(value.Text);
        while (members.MoveNext())
        {
            if (members.Kind == ValueKind.Null ? MatchesNull : MatchesScalar(members.Current))
            {
                members.Dispose();
                return true;
            }
        }
        members.Dispose();
        return false;
    }
}
