using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Picket.Events.Batches;

namespace Picket.Storage.Encodings;

/// <summary>Numbers in as few bits as the greatest needs, low bits first.</summary>
internal static class BitPacking
{
    public static int Width(ulong greatest) => 64 - BitOperations.LeadingZeroCount(greatest);

    public static int Bytes(int count, int width) => (int)(((long)count * width + 7) / 8);

    public static void Write(NativeBuffer into, ReadOnlySpan<ulong> values, int width)
    {
        var bytes = into.Take(Bytes(values.Length, width));
        var (pending, bits, at) = (0ul, 0, 0);
        foreach (var value in values)
        {
            pending |= value << bits;
            bits += width;
            if (bits >= 64)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(bytes[at..], pending);
                at += 8;
                bits -= 64;
                pending = bits == 0 ? 0 : value >> (width - bits);
            }
        }
        for (; bits > 0; bits -= 8, pending >>= 8)
        {
            bytes[at++] = (byte)pending;
        }
    }

    /// <summary>Reads all values, in order.</summary>
    public static void Read(ReadOnlySpan<byte> bytes, int width, Span<ulong> into)
    {
        if (width == 0)
        {
            into.Clear();
            return;
        }
        var i = 0;
        if (width <= 56 && bytes.Length >= sizeof(ulong))
        {
            // One unaligned word a value, as long as a whole word is there.
            var mask = (1ul << width) - 1;
            var whole = Math.Min(into.Length, (int)(((bytes.Length - 8L) * 8 / width) + 1));
            ref var start = ref MemoryMarshal.GetReference(bytes);
            for (var bit = 0L; i < whole; i++, bit += width)
            {
                into[i] = (Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref start, (nint)(bit >> 3))) >> (int)(bit & 7)) & mask;
            }
        }
        for (; i < into.Length; i++)
        {
            into[i] = ReadOne(bytes, i, width);
        }
    }

    private static ulong ReadOne(ReadOnlySpan<byte> bytes, int index, int width)
    {
        var bit = (long)index * width;
        var at = (int)(bit >> 3);
        var shift = (int)(bit & 7);
        var (value, got) = (0ul, 0);
        while (got < width)
        {
            var step = Math.Min(8 - shift, width - got);
            value |= (ulong)(bytes[at] >> shift & ((1 << step) - 1)) << got;
            got += step;
            shift = 0;
            at++;
        }
        return value;
    }
}
