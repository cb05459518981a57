using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Query.Language;

namespace Picket.Query.Operators;

/// <summary>The value is one of these texts.</summary>
public sealed record AnyOf(IReadOnlyList<string> Texts) : Operator
{
    private readonly EqualTo[] choices = [.. Texts.Select(text => new EqualTo(text))];

    public override bool MatchesScalar(Value value)
    {
        foreach (var choice in choices)
        {
            if (choice.MatchesScalar(value))
            {
                return true;
            }
        }
        return false;
    }

    public override Need NeedOn(Field field) => Need.AnyOf(choices.Select(choice => choice.NeedOn(field)));

    public bool Equals(AnyOf? other) => other is not null && Texts.SequenceEqual(other.Texts);

    public override int GetHashCode() => Texts.Aggregate(4, HashCode.Combine);

    public override string Print(BareText bare) => $"{(bare == BareText.Value ? "" : "equal")}({string.Join(' ', Texts.Select(QueryPrinter.Text))})";
}
