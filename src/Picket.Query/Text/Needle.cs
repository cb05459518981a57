using System.Numerics;
using System.Runtime.Intrinsics;
using System.Text;

namespace Picket.Query.Text;

/// <summary>A text to look for without regard to case, prepared: folded, and with its rarest letters picked to look for first. Thread-safe.</summary>
public sealed class Needle
{
    // Letters of logs from the most frequent on; what is not here is rarer.
    private static ReadOnlySpan<byte> Frequent => "e 0t1aoirns2ld35c4m-.u6p78/9fg:bhvykw"u8;

    // The two rarest bytes, the place of each, and the bit that makes its capital small: both must stand at their distance before the rest is compared.
    private readonly int firstAt;
    private readonly int secondAt;
    private readonly byte first;
    private readonly byte second;
    private readonly byte firstFold;
    private readonly byte secondFold;

    public Needle(string text)
    {
        Text = text;
        Folded = CaseFold.Fold(Encoding.UTF8.GetBytes(text));
        IsAscii = Ascii.IsValid(text);
        if (Folded.Length > 0)
        {
            firstAt = RarestBut(-1);
            secondAt = Folded.Length > 1 ? RarestBut(firstAt) : firstAt;
            (first, second) = (Folded[firstAt], Folded[secondAt]);
            (firstFold, secondFold) = (FoldOf(first), FoldOf(second));
        }
    }

    public string Text { get; }
    public byte[] Folded { get; }
    public bool IsAscii { get; }

    /// <summary>The first place in the text, or −1. For a needle that is not ASCII the text must be folded already.</summary>
    public int IndexIn(ReadOnlySpan<byte> text)
    {
        if (!IsAscii)
        {
            return text.IndexOf(Folded);
        }
        if (Folded.Length == 0)
        {
            return 0;
        }
        var at = 0;
        var last = text.Length - Folded.Length;
        if (Vector256.IsHardwareAccelerated)
        {
            var (ones, twos) = (Vector256.Create(first), Vector256.Create(second));
            var (foldOnes, foldTwos) = (Vector256.Create(firstFold), Vector256.Create(secondFold));
            for (; at + Vector256<byte>.Count - 1 <= last; at += Vector256<byte>.Count)
            {
                var hits = (Vector256.Equals(Vector256.Create(text[(at + firstAt)..]) | foldOnes, ones)
                    & Vector256.Equals(Vector256.Create(text[(at + secondAt)..]) | foldTwos, twos)).ExtractMostSignificantBits();
                for (; hits != 0; hits &= hits - 1)
                {
                    var start = at + BitOperations.TrailingZeroCount(hits);
                    if (Ascii.EqualsIgnoreCase(text.Slice(start, Folded.Length), Folded))
                    {
                        return start;
                    }
                }
            }
        }
        for (; at <= last; at++)
        {
            if ((text[at + firstAt] | firstFold) == first && Ascii.EqualsIgnoreCase(text.Slice(at, Folded.Length), Folded))
            {
                return at;
            }
        }
        return -1;
    }

    private int RarestBut(int place)
    {
        var (best, at) = (-1, 0);
        for (var i = 0; i < Folded.Length; i++)
        {
            var rank = Frequent.IndexOf(Folded[i]) is var found && found < 0 ? int.MaxValue : found;
            if (rank > best && i != place)
            {
                (best, at) = (rank, i);
            }
        }
        return at;
    }

    private static byte FoldOf(byte lower) => lower is >= (byte)'a' and <= (byte)'z' ? (byte)0x20 : (byte)0;
}
