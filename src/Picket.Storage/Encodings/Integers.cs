using Picket.Events.Batches;
using Picket.Storage.Files;

namespace Picket.Storage.Encodings;

/// <summary>
/// Columns of 64-bit numbers: times, tenants, sequence numbers, shapes. A divisor that all share (nanoseconds that are whole milliseconds), then
/// either differences to the least or differences between neighbours, whichever is narrower, packed in bits.
/// </summary>
internal static class Integers
{
    private const byte FromLeast = 0;
    private const byte FromNeighbour = 1;

    public static void Write(NativeBuffer into, ReadOnlySpan<long> values)
    {
        var divisor = Divisor(values);
        var (least, leastStep, greatest, greatestStep) = (long.MaxValue, long.MaxValue, long.MinValue, long.MinValue);
        for (var i = 0; i < values.Length; i++)
        {
            var value = values[i] / divisor;
            var step = i == 0 ? 0 : value - (values[i - 1] / divisor);
            (least, greatest) = (Math.Min(least, value), Math.Max(greatest, value));
            (leastStep, greatestStep) = (Math.Min(leastStep, step), Math.Max(greatestStep, step));
        }
        var width = BitPacking.Width((ulong)greatest - (ulong)least);
        var stepWidth = BitPacking.Width((ulong)greatestStep - (ulong)leastStep);
        var steps = stepWidth < width;
        into.Append(steps ? FromNeighbour : FromLeast);
        into.AppendVarint((ulong)divisor);
        into.Append(steps ? values[0] / divisor : least);
        into.Append(leastStep);
        into.Append((byte)(steps ? stepWidth : width));
        var packed = new ulong[values.Length];
        for (var i = 0; i < packed.Length; i++)
        {
            var value = values[i] / divisor;
            packed[i] = steps ? (ulong)((i == 0 ? 0 : value - (values[i - 1] / divisor)) - leastStep) : (ulong)(value - least);
        }
        BitPacking.Write(into, packed, steps ? stepWidth : width);
    }

    public static void Read(ref ByteReader reader, Span<long> into)
    {
        var kind = reader.Read<byte>();
        var divisor = (long)reader.Varint();
        var first = reader.Read<long>();
        var leastStep = reader.Read<long>();
        var width = (int)reader.Read<byte>();
        if (kind > FromNeighbour || width > 64)
        {
            throw reader.Wrong("an encoding of numbers that is not known");
        }
        var bytes = reader.Take(BitPacking.Bytes(into.Length, width));
        var last = first;
        for (var i = 0; i < into.Length; i++)
        {
            var packed = (long)BitPacking.Read(bytes, i, width);
            last = kind == FromLeast ? first + packed : i == 0 ? first : last + packed + leastStep;
            into[i] = last * divisor;
        }
    }

    private static long Divisor(ReadOnlySpan<long> values)
    {
        foreach (var divisor in (ReadOnlySpan<long>)[1_000_000_000, 1_000_000, 1_000])
        {
            var fits = true;
            foreach (var value in values)
            {
                if (value % divisor != 0)
                {
                    fits = false;
                    break;
                }
            }
            if (fits)
            {
                return divisor;
            }
        }
        return 1;
    }
}
