using System.Runtime.InteropServices;
using Picket.Events.Batches;
using Picket.Storage.Files;

namespace Picket.Storage.Encodings;

/// <summary>
/// Runs of 64-bit numbers: times, tenants, sequence numbers, whole numbers of fields. A divisor that all share (nanoseconds that are whole
/// milliseconds), then differences to the least or between neighbours packed in bits, or runs of equal differences (batches received at one instant, numbers that rise by one),
/// whichever is smallest.
/// </summary>
internal static class Integers
{
    private const byte FromLeast = 0;
    private const byte FromNeighbour = 1;
    private const byte Runs = 2;

    // What a run takes in the file, near enough.
    private const int RunBytes = 6;

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
        var (runs, lastStep) = (0, 0L);
        foreach (var value in values)
        {
            var step = unchecked(value - last);
            last = value;
            runs += step != lastStep || runs == 0 ? 1 : 0;
            lastStep = step;
            (least, greatest) = (Math.Min(least, value), Math.Max(greatest, value));
            (leastStep, greatestStep) = (Math.Min(leastStep, step), Math.Max(greatestStep, step));
        }
        var width = BitPacking.Width(unchecked((ulong)greatest - (ulong)least));
        var stepWidth = BitPacking.Width(unchecked((ulong)greatestStep - (ulong)leastStep));
        if (runs * RunBytes < BitPacking.Bytes(values.Length, Math.Min(width, stepWidth)))
        {
            WriteRuns(into, values, divisor, runs);
            return;
        }
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
        if (kind == Runs)
        {
            ReadRuns(ref reader, divisor, into);
            return;
        }
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

    // The first value, then for each run its step and how many values take it; the first value's own step is 0.
    private static void WriteRuns(NativeBuffer into, ReadOnlySpan<long> values, long divisor, int runs)
    {
        into.Append(Runs);
        into.AppendVarint((ulong)divisor);
        into.Append(values[0]);
        into.AppendVarint((ulong)runs);
        for (var i = 0; i < values.Length;)
        {
            var step = i == 0 ? 0 : unchecked(values[i] - values[i - 1]);
            var start = i++;
            while (i < values.Length && unchecked(values[i] - values[i - 1]) == step)
            {
                i++;
            }
            into.AppendVarint(unchecked((ulong)((step << 1) ^ (step >> 63))));
            into.AppendVarint((ulong)(i - start));
        }
    }

    private static void ReadRuns(ref ByteReader reader, long divisor, Span<long> into)
    {
        var value = reader.Read<long>();
        var at = 0;
        for (var runs = reader.Count(into.Length); runs > 0; runs--)
        {
            var zigzag = reader.Varint();
            var step = (long)(zigzag >> 1) ^ -(long)(zigzag & 1);
            for (var left = reader.Count(into.Length - at); left > 0; left--)
            {
                value = unchecked(value + step);
                into[at++] = unchecked(value * divisor);
            }
        }
        if (at != into.Length)
        {
            throw reader.Wrong("runs for every number");
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
