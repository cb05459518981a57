using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Picket.Events.Batches;

namespace Picket.Storage.Index;

/// <summary>
/// For a run of ASCII text one bit a byte: whether it is a letter, a digit or <c>_</c>. Made 32 bytes at a time, so that words are then found by counting zeros and
/// not by looking at each byte. Keeps its memory; not thread-safe.
/// </summary>
internal sealed class WordMask : IDisposable
{
    private readonly NativeBuffer bits = new();

    public ReadOnlySpan<ulong> Bits => bits.As<ulong>();

    public void Read(ReadOnlySpan<byte> text)
    {
        bits.Clear();
        var into = MemoryMarshal.Cast<byte, uint>(bits.Take((text.Length + 63) / 64 * sizeof(ulong)));
        into.Clear();
        var at = 0;
        for (; at + 32 <= text.Length; at += 32)
        {
            var bytes = Vector256.Create(text[at..]);
            var folded = bytes | Vector256.Create((byte)0x20);
            var letters = Vector256.LessThan(folded - Vector256.Create((byte)'a'), Vector256.Create((byte)26));
            var digits = Vector256.LessThan(bytes - Vector256.Create((byte)'0'), Vector256.Create((byte)10));
            var underscores = Vector256.Equals(bytes, Vector256.Create((byte)'_'));
            into[at / 32] = (letters | digits | underscores).ExtractMostSignificantBits();
        }
        for (; at < text.Length; at++)
        {
            if (char.IsAsciiLetterOrDigit((char)text[at]) || text[at] == '_')
            {
                into[at / 32] |= 1u << (at & 31);
            }
        }
    }

    /// <summary>The first byte of a word at or after a place; <paramref name="end"/> when there is none before it.</summary>
    public static int NextStart(ReadOnlySpan<ulong> bits, int at, int end) => Next(bits, at, end, 0);

    /// <summary>The first byte after a word that <paramref name="at"/> is in, at most <paramref name="end"/>.</summary>
    public static int NextEnd(ReadOnlySpan<ulong> bits, int at, int end) => Next(bits, at, end, ulong.MaxValue);

    private static int Next(ReadOnlySpan<ulong> bits, int at, int end, ulong flip)
    {
        if (at >= end)
        {
            return end;
        }
        var index = at >> 6;
        var word = (bits[index] ^ flip) & (ulong.MaxValue << at);
        while (word == 0)
        {
            if (++index << 6 >= end)
            {
                return end;
            }
            word = bits[index] ^ flip;
        }
        return Math.Min((index << 6) + BitOperations.TrailingZeroCount(word), end);
    }

    public void Dispose() => bits.Dispose();
}
