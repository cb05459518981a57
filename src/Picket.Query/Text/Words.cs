using System.Text;

namespace Picket.Query.Text;

/// <summary>Which ends of a text must not cut a word in two.</summary>
[Flags]
public enum WholeEnds
{
    None,
    Start,
    End,
    Both,
}

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

    /// <summary>Whether the ends asked for, of what stands from <paramref name="start"/> to <paramref name="end"/>, cut no word in two.</summary>
    public static bool IsWhole(ReadOnlySpan<byte> text, int start, int end, WholeEnds ends) =>
        !((ends & WholeEnds.Start) != 0 && IsWordAt(text[start..]) && IsWordBefore(text, start))
        && !((ends & WholeEnds.End) != 0 && IsWordBefore(text, end) && IsWordAt(text[end..]));
}
