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
internal ref struct TokenScan
{
    private const int UuidBytes = 36;

    private readonly ReadOnlySpan<byte> text;
    private readonly ReadOnlySpan<ulong> mask;
    private readonly int limit;
    private int at;

    // The last four numbers that dots alone stand between: how many, where each begins, and where the last ends.
    private int numbers;
    private int first;
    private int second;
    private int third;
    private int fourth;
    private int fourthEnd;
    private bool addressNext;

    /// <param name="folded">The text, of any characters.</param>
    public TokenScan(ReadOnlySpan<byte> folded)
    {
        text = folded;
        limit = folded.Length;
    }

    /// <summary>A part of a longer text that is ASCII alone.</summary>
    /// <param name="mask">The <see cref="WordMask"/> of all of it.</param>
    public TokenScan(ReadOnlySpan<byte> ascii, ReadOnlySpan<ulong> mask, int start, int end)
    {
        text = ascii;
        this.mask = mask;
        at = start;
        limit = end;
    }

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
        var start = mask.IsEmpty ? NextStart() : WordMask.NextStart(mask, at, limit);
        if (start >= limit)
        {
            return false;
        }
        var end = mask.IsEmpty ? NextEnd(start) : WordMask.NextEnd(mask, start, limit);
        (Start, End, Kind) = (start, end, TokenKind.Word);
        if (end - start == 8 && end < limit && text[end] == '-' && IsUuid(text[start..limit]))
        {
            (End, Kind, numbers) = (start + UuidBytes, TokenKind.Uuid, 0);
        }
        else if (end - start <= 3 && IsNumber(text[start..end]))
        {
            numbers = numbers > 0 && start == fourthEnd + 1 && text[fourthEnd] == '.' ? numbers + 1 : 1;
            (first, second, third, fourth, fourthEnd) = (second, third, fourth, start, end);
            addressNext = numbers >= 4;
        }
        else
        {
            numbers = 0;
        }
        at = End;
        return true;
    }

    private readonly int NextStart()
    {
        var start = at;
        while (start < limit && !Words.IsWordAt(text[start..]))
        {
            start++;
        }
        return start;
    }

    private readonly int NextEnd(int end)
    {
        while (end < limit && Words.IsWordAt(text[end..]))
        {
            Rune.DecodeFromUtf8(text[end..], out _, out var used);
            end += used;
        }
        return end;
    }

    private static bool IsNumber(ReadOnlySpan<byte> word)
    {
        foreach (var c in word)
        {
            if (!char.IsAsciiDigit((char)c))
            {
                return false;
            }
        }
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
}
