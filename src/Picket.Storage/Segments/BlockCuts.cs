using System.Buffers;
using Picket.Events.Batches;
using Picket.Events.Schema;

namespace Picket.Storage.Segments;

/// <summary>Where rows are cut into blocks: evenly, so that none is over <see cref="Limits.BlockRows"/> and none so small that merging would write it anew; and before a column would hold more than <see cref="Limits.BlockColumnBytes"/> of text, or all of them more than <see cref="Limits.BlockBytes"/>.</summary>
internal static class BlockCuts
{
    /// <summary>How many rows each block takes, in order.</summary>
    public static List<int> Of(IReadOnlyList<EventBatch> batches, ReadOnlySpan<RowRef> rows)
    {
        var heavy = HeavyFields(batches).ToArray();
        var lengths = new int[heavy.Length][];
        for (var i = 0; i < heavy.Length; i++)
        {
            lengths[i] = Lengths(batches, rows, heavy[i]);
        }
        var cuts = Of(rows.Length, lengths);
        Array.ForEach(lengths, one => ArrayPool<int>.Shared.Return(one));
        return cuts;
    }

    private static List<int> Of(int rows, int[][] lengths)
    {
        var cuts = new List<int>();
        var sums = new long[lengths.Length];
        var blocks = (rows + Limits.BlockRows - 1) / Limits.BlockRows;
        var most = blocks == 0 ? 0 : (rows + blocks - 1) / blocks;
        var start = 0;
        for (var row = 0; row < rows; row++)
        {
            if (row > start && (row - start == most || WouldPass(sums, lengths, row)))
            {
                cuts.Add(row - start);
                start = row;
                Array.Clear(sums);
            }
            for (var i = 0; i < sums.Length; i++)
            {
                sums[i] += lengths[i][row];
            }
        }
        if (rows > start)
        {
            cuts.Add(rows - start);
        }
        return cuts;
    }

    private static bool WouldPass(long[] sums, int[][] lengths, int row)
    {
        var total = 0L;
        for (var i = 0; i < sums.Length; i++)
        {
            var sum = sums[i] + lengths[i][row];
            if (sum > Limits.BlockColumnBytes)
            {
                return true;
            }
            total += sum;
        }
        return total > Limits.BlockBytes;
    }

    // Fields that hold so much text that they could fill a block's column before its rows are full; the others cannot.
    private static IEnumerable<Field> HeavyFields(IReadOnlyList<EventBatch> batches)
    {
        var bytes = new Dictionary<Field, long>();
        foreach (var batch in batches)
        {
            foreach (var field in batch.Fields)
            {
                if (batch.Source.TryLoadOwn(field, out var column) && column.Shape == ColumnShape.Text)
                {
                    bytes[field] = bytes.GetValueOrDefault(field) + column.Entries.Text.Length;
                }
            }
        }
        return bytes.Where(pair => pair.Value > Limits.BlockColumnBytes).Select(pair => pair.Key);
    }

    // Of the pool: thousands of rows make these large, and flushes come every second.
    private static int[] Lengths(IReadOnlyList<EventBatch> batches, ReadOnlySpan<RowRef> rows, Field field)
    {
        var lengths = ArrayPool<int>.Shared.Rent(rows.Length);
        for (var i = 0; i < rows.Length;)
        {
            var batch = rows[i].Batch;
            var has = batches[batch].Source.TryLoadOwn(field, out var column);
            for (; i < rows.Length && rows[i].Batch == batch; i++)
            {
                lengths[i] = has && column.TryGet(rows[i].Row, out var value) ? value.Text.Length : 0;
            }
        }
        return lengths;
    }
}
