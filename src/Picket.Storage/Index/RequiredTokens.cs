using Picket.Query;
using Picket.Query.Text;

namespace Picket.Storage.Index;

/// <summary>A token that a block must have for a literal to stand in it.</summary>
/// <param name="Folded">Its text.</param>
/// <param name="IsWhole">It is the whole value.</param>
/// <param name="MayBeInUuid">It could be a part of a UUID, and then it is no token of its own.</param>
internal readonly record struct RequiredToken(byte[] Folded, bool IsWhole, bool MayBeInUuid);

/// <summary>What the index is asked for a literal. At an end that may lie inside of a word, the word there says nothing.</summary>
internal static class RequiredTokens
{
    public static IReadOnlyList<RequiredToken> Of(string text, LiteralPlace place)
    {
        var folded = new Needle(text).Folded;
        var tokens = new List<RequiredToken>();
        var startIsCut = place is LiteralPlace.End or LiteralPlace.Anywhere;
        var endIsCut = place is LiteralPlace.Start or LiteralPlace.Anywhere;
        var scan = new TokenScan(folded);
        var spanned = false;
        while (scan.MoveNext())
        {
            spanned |= scan.Start == 0 && scan.End == folded.Length;
            if ((startIsCut && scan.Start == 0) || (endIsCut && scan.End == folded.Length))
            {
                continue;
            }
            var token = folded[scan.Start..scan.End];
            tokens.Add(new RequiredToken(token, false, scan.Kind == TokenKind.Word && MayBeInUuid(token)));
        }
        if (place == LiteralPlace.Whole && !spanned && folded.Length is > 0 and <= Fingerprints.WholeBytes)
        {
            tokens.Insert(0, new RequiredToken(folded, true, false));
        }
        return tokens;
    }

    private static bool MayBeInUuid(ReadOnlySpan<byte> word)
    {
        foreach (var c in word)
        {
            if (!char.IsAsciiHexDigit((char)c))
            {
                return false;
            }
        }
        return word.Length is 4 or 8 or 12;
    }
}
