using System.Buffers;
using Picket.Events.Batches;

namespace Picket.Storage.Segments;

/// <summary>The order of rows in a block: by tenant, time and number.</summary>
internal static class RowOrder
{
    private const int MostRunsOf = 64;

    private readonly record struct Key(uint Tenant, long Time, ulong Seq) : IComparable<Key>
    {
        public int CompareTo(Key other)
        {
            if (Tenant != other.Tenant)
            {
                return Tenant.CompareTo(other.Tenant);
            }
            return Time != other.Time ? Time.CompareTo(other.Time) : Seq.CompareTo(other.Seq);
        }
    }

    /// <summary>Sorts, unless they are in order already, as events of one sender are.</summary>
    public static void Sort(IReadOnlyList<EventBatch> batches, Span<RowRef> rows)
    {
        // Of the pool: thousands of rows make these large, and flushes come every second.
        var pooled = ArrayPool<Key>.Shared.Rent(rows.Length);
        var keys = pooled.AsSpan(0, rows.Length);
        var inOrder = true;
        for (var i = 0; i < rows.Length;)
        {
            var batch = rows[i].Batch;
            var tenants = batches[batch].Tenants;
            var times = batches[batch].Times;
            var seqs = batches[batch].Seqs;
            for (; i < rows.Length && rows[i].Batch == batch; i++)
            {
                keys[i] = new Key(tenants[rows[i].Row], times[rows[i].Row], seqs[rows[i].Row]);
                inOrder &= i == 0 || keys[i - 1].CompareTo(keys[i]) <= 0;
            }
        }
        if (!inOrder && !TrySortRuns(keys, rows))
        {
            keys.Sort(rows);
        }
        ArrayPool<Key>.Shared.Return(pooled);
    }

    // Batches of several senders come in turns, each in order and each of its own stretch of time: then whole batches change places.
    private static bool TrySortRuns(ReadOnlySpan<Key> keys, Span<RowRef> rows)
    {
        var runs = new List<(Key First, int Start, int Count)>();
        for (var start = 0; start < rows.Length;)
        {
            var end = start + 1;
            while (end < rows.Length && rows[end].Batch == rows[start].Batch && keys[end - 1].CompareTo(keys[end]) <= 0)
            {
                end++;
            }
            runs.Add((keys[start], start, end - start));
            start = end;
            if (runs.Count > rows.Length / MostRunsOf)
            {
                return false;
            }
        }
        runs.Sort((a, b) => a.First.CompareTo(b.First));
        for (var i = 1; i < runs.Count; i++)
        {
            if (keys[runs[i - 1].Start + runs[i - 1].Count - 1].CompareTo(runs[i].First) > 0)
            {
                return false;
            }
        }
        var before = ArrayPool<RowRef>.Shared.Rent(rows.Length);
        rows.CopyTo(before);
        foreach (var (_, start, count) in runs)
        {
            before.AsSpan(start, count).CopyTo(rows);
            rows = rows[count..];
        }
        ArrayPool<RowRef>.Shared.Return(before);
        return true;
    }
}
