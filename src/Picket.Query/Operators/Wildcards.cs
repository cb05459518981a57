using System.Text;
using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Query.Language;
using Picket.Query.Text;

namespace Picket.Query.Operators;

/// <summary>
/// The whole value is this pattern: texts, <c>*</c> for anything and <c>?</c> for one character. What has no <c>?</c> is <see cref="Like"/>, which the query language has too;
/// this one only rules ask.
/// </summary>
public sealed record Wildcards(IReadOnlyList<Wildcards.Part> Parts, bool CaseCounts) : Operator
{
    private const int StackBytes = 1_024;

    private readonly byte[]?[] texts = [.. Parts.Select(part => part.Text is not { } text ? null : CaseCounts ? Encoding.UTF8.GetBytes(text) : CaseFold.Fold(Encoding.UTF8.GetBytes(text)))];

    /// <param name="Text">Null for a wildcard.</param>
    /// <param name="Sign"><c>*</c> or <c>?</c>, of a wildcard.</param>
    public readonly record struct Part(string? Text, char Sign = '\0');

    // A star takes as little as it can, and one character more each time the rest does not fit; those before it need not be tried again.
    public override bool MatchesScalar(Value value)
    {
        var room = CaseCounts ? 0 : CaseFold.MostBytes(value.Text.Length);
        Span<byte> folded = stackalloc byte[StackBytes];
        folded = room > folded.Length ? new byte[room] : folded;
        var text = CaseCounts ? value.Text : folded[..CaseFold.Fold(value.Text, folded)];
        var (part, at, star, starAt) = (0, 0, -1, 0);
        while (part < texts.Length || at < text.Length)
        {
            if (part < texts.Length && Parts[part].Sign == '*')
            {
                (star, starAt, part) = (part, at, part + 1);
            }
            else if (part < texts.Length && Fits(part, text[at..], out var used))
            {
                (part, at) = (part + 1, at + used);
            }
            else if (star >= 0 && starAt < text.Length)
            {
                starAt += LengthOfOne(text[starAt..]);
                (part, at) = (star + 1, starAt);
            }
            else
            {
                return false;
            }
        }
        return true;
    }

    public override Need NeedOn(Field field) => Parts.Select(part => part.Text).OfType<string>().MaxBy(text => text.Length) is { } text
        ? new Need.Literal(field, text, LiteralPlace.Anywhere)
        : new Need.Present(field);

    public bool Equals(Wildcards? other) => other is not null && CaseCounts == other.CaseCounts && Parts.SequenceEqual(other.Parts);

    public override int GetHashCode() => Parts.Aggregate(CaseCounts ? 8 : 9, HashCode.Combine);

    public override string Print(BareText bare) => $"{(CaseCounts ? "=" : "")}wildcards({QueryPrinter.Quoted(string.Concat(Parts.Select(part => part.Text ?? part.Sign.ToString())))})";

    private bool Fits(int part, ReadOnlySpan<byte> text, out int used)
    {
        used = texts[part] is { } wanted ? wanted.Length : text.IsEmpty ? 0 : LengthOfOne(text);
        return texts[part] is { } literal ? text.StartsWith(literal) : used > 0;
    }

    private static int LengthOfOne(ReadOnlySpan<byte> text)
    {
        Rune.DecodeFromUtf8(text, out _, out var used);
        return used;
    }
}
