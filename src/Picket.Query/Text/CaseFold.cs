using System.Text;

namespace Picket.Query.Text;

/// <summary>
/// The one rule of case: ASCII letters fold always; other letters fold by Unicode's simple mapping, character by character (<c>Ä</c> is <c>ä</c>,
/// but <c>ß</c> is not <c>ss</c>, and the Kelvin sign is not <c>k</c> for a needle of ASCII alone).
/// </summary>
public static class CaseFold
{
    public static byte[] Fold(ReadOnlySpan<byte> text)
    {
        var folded = new byte[MostBytes(text.Length)];
        return folded[..Fold(text, folded)];
    }

    /// <summary>Bytes that a text of so many may have when folded.</summary>
    public static int MostBytes(int length) => (length * 3) + 4;

    /// <summary>Folds into memory of at least <see cref="MostBytes"/>, and tells how many bytes that is.</summary>
    public static int Fold(ReadOnlySpan<byte> text, Span<byte> into)
    {
        // Only to the first byte that is not ASCII: before it nothing needs decoding.
        Ascii.ToLower(text, into, out var length);
        text = text[length..];
        while (!text.IsEmpty)
        {
            Rune.DecodeFromUtf8(text, out var rune, out var used);
            length += Rune.ToLowerInvariant(rune).EncodeToUtf8(into[length..]);
            text = text[used..];
        }
        return length;
    }

    public static bool Equal(ReadOnlySpan<byte> text, Needle needle) =>
        needle.IsAscii
            ? text.Length == needle.Folded.Length && Ascii.EqualsIgnoreCase(text, needle.Folded)
            : Fold(text).AsSpan().SequenceEqual(needle.Folded);

    public static bool StartsWith(ReadOnlySpan<byte> text, Needle needle) =>
        needle.IsAscii
            ? text.Length >= needle.Folded.Length && Ascii.EqualsIgnoreCase(text[..needle.Folded.Length], needle.Folded)
            : Fold(text).AsSpan().StartsWith(needle.Folded);

    public static bool EndsWith(ReadOnlySpan<byte> text, Needle needle) =>
        needle.IsAscii
            ? text.Length >= needle.Folded.Length && Ascii.EqualsIgnoreCase(text[^needle.Folded.Length..], needle.Folded)
            : Fold(text).AsSpan().EndsWith(needle.Folded);
}
