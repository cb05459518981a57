using System.Runtime.InteropServices;
using Picket.Events.Batches;
using Picket.Storage.Index;
using Picket.Storage.Segments;

namespace Picket.Storage.Merging;

/// <summary>
/// Makes one segment of several. A full block that nothing else overlaps is copied as it is, without decoding it; the rows of small or overlapping ones are put in
/// order and written anew, at most <see cref="Limits.Rewrites"/> times in a row's life. One block of each segment is open at a time.
/// </summary>
internal sealed class Merge(IReadOnlyList<Segment> inputs, SegmentWriter writer, CancellationToken cancellation)
{
    private readonly List<EventBatch> pendingBatches = [];
    private readonly List<RowRef> pendingRows = [];
    private readonly Dictionary<ColumnSource, int> numbers = [];
    private int pendingRewrites;

    /// <summary>Rows that were written anew.</summary>
    public long Rewritten { get; private set; }

    /// <exception cref="CorruptDataException">A segment is damaged; nothing was published.</exception>
    public void Run()
    {
        var cursors = inputs.Select(segment => new MergeCursor(segment)).ToList();
        var all = cursors.ToArray();
        try
        {
            cursors.RemoveAll(cursor => cursor.AtEnd);
            while (cursors.Count > 0)
            {
                cancellation.ThrowIfCancellationRequested();
                var first = cursors.MinBy(cursor => cursor.Next)!;
                var others = cursors.Where(cursor => cursor != first).Select(cursor => cursor.Next).DefaultIfEmpty((uint.MaxValue, long.MaxValue)).Min();
                if (first.Open is null && IsToCopy(first, others))
                {
                    WritePending();
                    writer.Copy(first.Segment, first.Header);
                    first.Copied(writer.Blocks - 1);
                }
                else
                {
                    TakeRows(first, others);
                }
                if (first.AtEnd)
                {
                    cursors.Remove(first);
                }
            }
            WritePending();
            foreach (var segment in inputs)
            {
                var cube = segment.Cube();
                writer.AddCounts(segment.Directory(), cube);
                cube?.Release();
            }
            writer.Finish([.. all.Select(cursor => new IndexSource(cursor.Segment.Index, cursor.Map))]);
        }
        finally
        {
            foreach (var cursor in all)
            {
                cursor.Dispose();
            }
            Clear();
        }
    }

    private static bool IsToCopy(MergeCursor cursor, (uint, long) others) =>
        cursor.Header.Rewrites >= Limits.Rewrites || (cursor.Header.Rows >= Limits.FullBlockRows && cursor.Last.CompareTo(others) <= 0);

    // Rows of one cursor as long as they come before all others'.
    private void TakeRows(MergeCursor cursor, (uint, long) others)
    {
        var batch = cursor.OpenBlock();
        if (!numbers.TryGetValue(batch.Source, out var number))
        {
            numbers.Add(batch.Source, number = pendingBatches.Count);
            pendingBatches.Add(batch.Share());
            pendingRewrites = Math.Max(pendingRewrites, cursor.Header.Rewrites + 1);
        }
        var tenants = batch.Tenants;
        var times = batch.Times;
        var row = cursor.Row;
        do
        {
            pendingRows.Add(new RowRef(number, row++));
        }
        while (row < times.Length && (tenants[row], times[row]).CompareTo(others) <= 0 && pendingRows.Count < Limits.BlockRows);
        cursor.MoveTo(row);
        if (pendingRows.Count >= Limits.BlockRows)
        {
            WritePending();
        }
    }

    private void WritePending()
    {
        if (pendingRows.Count == 0)
        {
            return;
        }
        var rows = CollectionsMarshal.AsSpan(pendingRows);
        RowOrder.Sort(pendingBatches, rows);
        Rewritten += rows.Length;
        foreach (var count in BlockCuts.Of(pendingBatches, rows))
        {
            writer.Add(pendingBatches, rows[..count], pendingRewrites, count: false);
            rows = rows[count..];
        }
        Clear();
    }

    private void Clear()
    {
        pendingBatches.ForEach(batch => batch.Dispose());
        pendingBatches.Clear();
        pendingRows.Clear();
        numbers.Clear();
        pendingRewrites = 0;
    }
}
