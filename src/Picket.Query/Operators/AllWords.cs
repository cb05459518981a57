using Picket.Events.Batches;
using Picket.Events.Schema;

namespace Picket.Query.Operators;

/// <summary>Every one of these words or phrases stands in the value, in any order.</summary>
public sealed record AllWords(IReadOnlyList<string> Texts) : Operator
{
    private readonly Phrase[] phrases = [.. Texts.Select(text => new Phrase(text))];

    public override bool MatchesScalar(Value value)
    {
        foreach (var phrase in phrases)
        {
            if (!phrase.MatchesScalar(value))
            {
                return false;
            }
        }
        return true;
    }

    public override Need NeedOn(Field field) => Need.AllOf(phrases.Select(phrase => phrase.NeedOn(field)).Append(new Need.Present(field)));

    public bool Equals(AllWords? other) => other is not null && Texts.SequenceEqual(other.Texts);

    public override int GetHashCode() => Texts.Aggregate(3, HashCode.Combine);

    public override string ToString() => $"words({string.Join(", ", Texts)})";
}
