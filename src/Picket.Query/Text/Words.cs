using System.Text;

namespace Picket.Query.Text;

/// <summary>What a word is: a longest run of letters, digits and <c>_</c>, by Unicode.</summary>
public static class Words
{
    public static bool IsWordAt(ReadOnlySpan<byte> text) =>
        !text.IsEmpty && (text[0] < 0x80
            ? char.IsAsciiLetterOrDigit((char)text[0]) || text[0] == '_'
            : Rune.DecodeFromUtf8(text, out var rune, out _) == System.Buffers.OperationStatus.Done && Rune.IsLetterOrDigit(rune));

    public static bool IsWordBefore(ReadOnlySpan<byte> text, int at) =>
        at > 0 && (text[at - 1] < 0x80
            ? char.IsAsciiLetterOrDigit((char)text[at - 1]) || text[at - 1] == '_'
            : Rune.DecodeLastFromUtf8(text[..at], out var rune, out _) == System.Buffers.OperationStatus.Done && Rune.IsLetterOrDigit(rune));

    /// <summary>Whether what stands from <paramref name="start"/> to <paramref name="end"/> is whole words: neither end cuts a word in two.</summary>
    public static bool IsWhole(ReadOnlySpan<byte> text, int start, int end) =>
        !(IsWordAt(text[start..]) && IsWordBefore(text, start)) && !(IsWordBefore(text, end) && IsWordAt(text[end..]));
}
