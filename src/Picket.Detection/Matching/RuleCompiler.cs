using Picket.Events.Schema;
using Picket.Query;
using Picket.Query.Operators;
using Picket.Query.Text;

namespace Picket.Detection.Matching;

/// <summary>
/// Makes conditions of filters. What several rules ask is one predicate, with one number; the text that an operator needs (<see cref="Need"/>) goes into the index of its field.
/// </summary>
internal sealed class RuleCompiler
{
    private readonly Dictionary<Field, FieldIndex> indices = [];
    private readonly List<FieldIndex> ordered = [];
    private readonly Dictionary<(Field?, Operator), Condition> terms = [];
    private readonly List<int> uses = [];
    private readonly List<string?> texts = [];
    private readonly List<int> owners = [];

    public RuleCompiler() => AnyField = NewIndex(null);

    /// <summary>The index of what is looked for in any field.</summary>
    public FieldIndex AnyField { get; }

    public IReadOnlyList<FieldIndex> Indices => ordered;

    /// <summary>For each predicate the number of the index that finds it.</summary>
    public IReadOnlyList<int> Owners => owners;

    /// <summary>How many terms are answered for all of a batch at once.</summary>
    public int Swept { get; private set; }

    /// <summary>In how many places of rules a predicate stands.</summary>
    public int UsesOf(int predicate) => uses[predicate];

    /// <summary>For each predicate the text that it looks for; null for the presence of any value.</summary>
    public IReadOnlyList<string?> Texts => texts;

    public Condition Compile(Filter filter) => filter switch
    {
        Filter.And and => and.Parts is [var one] ? Compile(one) : new Condition.AllOf([.. and.Parts.Select(Compile)]),
        Filter.Or or => or.Parts is [var one] ? Compile(one) : new Condition.AnyOf([.. or.Parts.Select(Compile)]),
        Filter.Not not => new Condition.Negated(Compile(not.Part)),
        Filter.Term { Operator: AnyOf any } term => new Condition.AnyOf([.. any.Texts.Select(text => Term(term.Field, new EqualTo(text)))]),
        Filter.Term term => Term(term.Field, term.Operator),
        Filter.AnyField any => Term(null, any.Operator),
        Filter.SameAs same => new Condition.SameAs(IndexOf(same.Field), same),
        _ => throw new ArgumentException("A filter of an unknown kind.", nameof(filter)),
    };

    private Condition Term(Field? field, Operator op)
    {
        if (!terms.TryGetValue((field, op), out var term))
        {
            terms.Add((field, op), term = New(field, op));
        }
        if (term is Condition.Indexed indexed)
        {
            uses[indexed.Predicate]++;
        }
        return term;
    }

    private Condition New(Field? field, Operator op)
    {
        // Times are no columns, and are written out to be compared.
        if ((field is not null && EventSchema.IsTime(field)) || (field is null && op is Exists))
        {
            return new Condition.Asked(null, field, op);
        }
        if (field is not null && op is Exists or Between)
        {
            // One that is there may be beneath the field.
            return new Condition.Swept(Swept++, op is Exists ? null : IndexOf(field!), new Filter.Term(field!, op));
        }
        var index = field is null ? AnyField : IndexOf(field);
        var anyName = field ?? EventSchema.Message;
        if (TextOf(op.NeedOn(anyName)) is not { } needed || CaseFold.Fold(System.Text.Encoding.UTF8.GetBytes(needed.Text)).Length == 0)
        {
            return new Condition.Asked(index, field, op);
        }
        var predicate = NewPredicate(index.Number, needed.Text);
        var isWhole = op is EqualTo or Contains or Prefix or Suffix;
        index.Add(predicate, needed.Text, needed.Place, isWhole);
        return new Condition.Indexed(index, predicate, isWhole ? null : op);
    }

    // The longest text that must be there.
    private static Need.Literal? TextOf(Need need) => need switch
    {
        Need.Literal literal => literal,
        Need.All all => all.Parts.Select(TextOf).OfType<Need.Literal>().MaxBy(literal => literal.Text.Length),
        _ => null,
    };

    private FieldIndex IndexOf(Field field)
    {
        if (!indices.TryGetValue(field, out var index))
        {
            indices.Add(field, index = NewIndex(field));
        }
        return index;
    }

    private FieldIndex NewIndex(Field? field)
    {
        var index = new FieldIndex(ordered.Count, field, NewPredicate(ordered.Count, null));
        ordered.Add(index);
        return index;
    }

    private int NewPredicate(int index, string? text)
    {
        owners.Add(index);
        uses.Add(0);
        texts.Add(text);
        return uses.Count - 1;
    }
}
