using System.Text;
using Picket.Query.Operators;

namespace Picket.Detection.Sigma;

/// <summary>The operator that asks for a pattern of the whole value.</summary>
internal static class PatternOperator
{
    public static Operator Of(SigmaPattern pattern, bool caseCounts)
    {
        if (!pattern.HasWildcards)
        {
            return pattern.Parts.Count == 0 ? new Empty() : caseCounts ? new Exactly(pattern.Text) : new EqualTo(pattern.Text);
        }
        if (pattern.Parts.Any(part => part.Wildcard == '?'))
        {
            return new Wildcards([.. pattern.Parts.Select(part => new Wildcards.Part(part.Text, part.Wildcard))], caseCounts);
        }
        return Pieces(pattern) switch
        {
            ["", var text, ""] when !caseCounts && text.Length > 0 => new Contains(text),
            ["", var text] when !caseCounts && text.Length > 0 => new Suffix(text),
            [var text, ""] when !caseCounts && text.Length > 0 => new Prefix(text),
            var pieces => new Like(pieces, caseCounts),
        };
    }

    // The texts between the stars; two stars beside each other are one.
    private static List<string> Pieces(SigmaPattern pattern)
    {
        var (pieces, piece, wasStar) = (new List<string>(), new StringBuilder(), false);
        foreach (var part in pattern.Parts)
        {
            if (part.Text is { } text)
            {
                piece.Append(text);
            }
            else if (!wasStar)
            {
                pieces.Add(piece.ToString());
                piece.Clear();
            }
            wasStar = part.Text is null;
        }
        pieces.Add(piece.ToString());
        return pieces;
    }
}
