using System.Buffers.Binary;
using System.Numerics;
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
        bytes.Clear();
        var bit = 0L;
        foreach (var value in values)
        {
            var left = width;
            var rest = value;
            while (left > 0)
            {
                var shift = (int)(bit & 7);
                bytes[(int)(bit >> 3)] |= (byte)(rest << shift);
                var step = Math.Min(8 - shift, left);
                rest >>= step;
                left -= step;
                bit += step;
            }
        }
    }

    public static ulong Read(ReadOnlySpan<byte> bytes, int index, int width)
    {
        if (width == 0)
        {
            return 0;
        }
        var bit = (long)index * width;
        var at = (int)(bit >> 3);
        var shift = (int)(bit & 7);
        if (width <= 56 && at + 8 <= bytes.Length)
        {
            return (BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]) >> shift) & ((1ul << width) - 1);
        }
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
