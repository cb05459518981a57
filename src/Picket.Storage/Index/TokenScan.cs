using System.Text;
using Picket.Query.Text;

namespace Picket.Storage.Index;

internal enum TokenKind : byte
{
    /// <summary>A longest run of letters, digits and <c>_</c>.</summary>
    Word,

    /// <summary>A UUID; its parts are then no words of their own.</summary>
    Uuid,

    /// <summary>Four numbers of up to three digits with dots between; its parts are words too.</summary>
    Address,
}

/// <summary>
/// Cuts a folded text into tokens. What is a token depends on the characters of the token and its two neighbours alone, so that a text found inside of another
/// at word boundaries has the same tokens there.
/// </summary>
internal ref struct TokenScan(ReadOnlySpan<byte> folded)
{
    private const int UuidBytes = 36;
    private static readonly byte[] Classes = MakeClasses();

    private readonly ReadOnlySpan<byte> text = folded;
    private int at;

    // The last four numbers that dots alone stand between: how many, where each begins, and where the last ends.
    private int numbers;
    private int first;
    private int second;
    private int third;
    private int fourth;
    private int fourthEnd;
    private bool addressNext;

    public int Start { get; private set; }
    public int End { get; private set; }
    public TokenKind Kind { get; private set; }

    public bool MoveNext()
    {
        if (addressNext)
        {
            addressNext = false;
            (Start, Kind) = (first, TokenKind.Address);
            return true;
        }
        while (at < text.Length && Classes[text[at]] == 0)
        {
            if (text[at] >= 0x80 && Words.IsWordAt(text[at..]))
            {
                break;
            }
            at++;
        }
        if (at >= text.Length)
        {
            return false;
        }
        var end = at;
        var digits = true;
        while (end < text.Length)
        {
            var kind = Classes[text[end]];
            if (kind == 0)
            {
                if (text[end] < 0x80 || !Words.IsWordAt(text[end..]))
                {
                    break;
                }
                Rune.DecodeFromUtf8(text[end..], out _, out var used);
                end += used;
                digits = false;
                continue;
            }
            digits &= kind == 2;
            end++;
        }
        (Start, End, Kind) = (at, end, TokenKind.Word);
        if (end - at == 8 && end < text.Length && text[end] == '-' && IsUuid(text[at..]))
        {
            (End, Kind, numbers) = (at + UuidBytes, TokenKind.Uuid, 0);
        }
        else if (digits && end - at <= 3)
        {
            numbers = numbers > 0 && at == fourthEnd + 1 && text[fourthEnd] == '.' ? numbers + 1 : 1;
            (first, second, third, fourth, fourthEnd) = (second, third, fourth, at, end);
            addressNext = numbers >= 4;
        }
        else
        {
            numbers = 0;
        }
        at = End;
        return true;
    }

    private static bool IsUuid(ReadOnlySpan<byte> text)
    {
        if (text.Length < UuidBytes || (text.Length > UuidBytes && Words.IsWordAt(text[UuidBytes..])))
        {
            return false;
        }
        for (var i = 0; i < UuidBytes; i++)
        {
            if (i is 8 or 13 or 18 or 23 ? text[i] != '-' : !char.IsAsciiHexDigit((char)text[i]))
            {
                return false;
            }
        }
        return true;
    }

    private static byte[] MakeClasses()
    {
        var classes = new byte[256];
        for (var c = 0; c < 128; c++)
        {
            classes[c] = char.IsAsciiDigit((char)c) ? (byte)2 : char.IsAsciiLetter((char)c) || c == '_' ? (byte)1 : (byte)0;
        }
        return classes;
    }
}
