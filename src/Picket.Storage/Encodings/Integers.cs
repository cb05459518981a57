using System.Runtime.InteropServices;
using Picket.Events.Batches;
using Picket.Storage.Files;

namespace Picket.Storage.Encodings;

/// <summary>
/// Runs of 64-bit numbers: times, tenants, sequence numbers, whole numbers of fields. A divisor that all share (nanoseconds that are whole
/// milliseconds), then either differences to the least or differences between neighbours, whichever is narrower, packed in bits.
/// </summary>
internal static class Integers
{
    private const byte FromLeast = 0;
    private const byte FromNeighbour = 1;

    [ThreadStatic]
    private static ulong[]? scratch;

    /// <param name="into">Where to.</param>
    /// <param name="values">At least one; overwritten.</param>
    public static void Write(NativeBuffer into, Span<long> values)
    {
        var divisor = Divisor(values);
        if (divisor > 1)
        {
            foreach (ref var value in values)
            {
                value /= divisor;
            }
        }
        var (least, greatest, last) = (values[0], values[0], values[0]);
        var (leastStep, greatestStep) = (0L, 0L);
        foreach (var value in values)
        {
            var step = unchecked(value - last);
            last = value;
            (least, greatest) = (Math.Min(least, value), Math.Max(greatest, value));
            (leastStep, greatestStep) = (Math.Min(leastStep, step), Math.Max(greatestStep, step));
        }
        var width = BitPacking.Width(unchecked((ulong)greatest - (ulong)least));
        var stepWidth = BitPacking.Width(unchecked((ulong)greatestStep - (ulong)leastStep));
        var steps = stepWidth < width;
        into.Append(steps ? FromNeighbour : FromLeast);
        into.AppendVarint((ulong)divisor);
        into.Append(steps ? values[0] : least);
        into.Append(leastStep);
        into.Append((byte)(steps ? stepWidth : width));
        if (!steps)
        {
            foreach (ref var value in values)
            {
                value = unchecked(value - least);
            }
        }
        else
        {
            last = values[0];
            foreach (ref var value in values)
            {
                var now = value;
                value = unchecked(now - last - leastStep);
                last = now;
            }
        }
        BitPacking.Write(into, MemoryMarshal.Cast<long, ulong>(values), steps ? stepWidth : width);
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
        BitPacking.Read(reader.Take(BitPacking.Bytes(into.Length, width)), width, MemoryMarshal.Cast<long, ulong>(into));
        unchecked
        {
            if (kind == FromLeast)
            {
                foreach (ref var value in into)
                {
                    value = (value + first) * divisor;
                }
                return;
            }
            var last = first - leastStep - (into.IsEmpty ? 0 : into[0]);
            foreach (ref var value in into)
            {
                last += value + leastStep;
                value = last * divisor;
            }
        }
    }

    /// <summary>Memory for some numbers, until the next call on this thread.</summary>
    public static Span<long> Scratch(int count)
    {
        if (scratch is null || scratch.Length < count)
        {
            scratch = new ulong[Math.Max(count, Limits.BlockRows)];
        }
        return MemoryMarshal.Cast<ulong, long>(scratch.AsSpan(0, count));
    }

    private static long Divisor(ReadOnlySpan<long> values)
    {
        foreach (var divisor in (ReadOnlySpan<long>)[1_000_000_000, 1_000_000, 1_000])
        {
            if (AllDivisible(values, divisor))
            {
                return divisor;
            }
        }
        return 1;
    }

    private static bool AllDivisible(ReadOnlySpan<long> values, long divisor)
    {
        foreach (var value in values)
        {
            if (value % divisor != 0)
            {
                return false;
            }
        }
        return true;
    }
}
