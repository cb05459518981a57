using Picket.Events;
using Picket.Events.Batches;
using Picket.Query;

namespace Picket.Storage.Scan;

/// <summary>Events in the order of their numbers, whatever order the segments keep: a window of numbers at a time, gathered from all units that touch it.</summary>
internal static class SeqScan
{
    private const ulong WindowEvents = 8_192;

    /// <summary>
    /// The matching events numbered after <paramref name="after"/>, at most a window of them, and the number up to which that is all.
    /// Null tenant: of all tenants.
    /// </summary>
    public static (EventBatch Batch, ulong Through) Next(StoreSnapshot snapshot, TenantId? tenant, TimeRange time, Filter filter, ulong after)
    {
        var first = FirstAfter(snapshot, after);
        var through = first is { } start ? Math.Min(start - 1 + WindowEvents, snapshot.Last) : snapshot.Last;
        var matcher = new Matcher(filter);
        var rows = new RowSet();
        var batches = new List<EventBatch>();
        var found = new List<(ulong Seq, RowRef At)>();
        try
        {
            foreach (var unit in Touching(snapshot, after + 1, through))
            {
                var batch = unit.Open();
                batches.Add(batch);
                matcher.Match(batch, rows);
                for (var row = rows.Next(0); row >= 0; row = rows.Next(row + 1))
                {
                    var seq = batch.Seqs[row];
                    if (seq > after && seq <= through && time.Contains(batch.Times[row]) && (tenant is null || batch.Tenants[row] == tenant.Value.Number))
                    {
                        found.Add((seq, new RowRef(batches.Count - 1, row)));
                    }
                }
            }
            found.Sort((a, b) => a.Seq.CompareTo(b.Seq));
            using var builder = new EventBatchBuilder();
            builder.AddRows(batches, found.Select(hit => hit.At).ToArray());
            return (builder.Seal(), through);
        }
        finally
        {
            batches.ForEach(batch => batch.Dispose());
        }
    }

    private static ulong? FirstAfter(StoreSnapshot snapshot, ulong after)
    {
        var starts = Touching(snapshot, after + 1, ulong.MaxValue).Select(unit => Math.Max(unit.FirstSeq, after + 1)).ToArray();
        return starts.Length == 0 ? null : starts.Min();
    }

    private static IEnumerable<ScanUnit> Touching(StoreSnapshot snapshot, ulong first, ulong last)
    {
        foreach (var batch in snapshot.Batches)
        {
            if (batch.Seqs[0] <= last && batch.Seqs[^1] >= first)
            {
                yield return new ScanUnit(0, 0, batch.Seqs[0], batch.Seqs[^1], batch, null, null);
            }
        }
        foreach (var segment in snapshot.Segments)
        {
            foreach (var block in segment.Blocks)
            {
                if (block.FirstSeq <= last && block.LastSeq >= first)
                {
                    yield return new ScanUnit(block.FirstTime, block.LastTime, block.FirstSeq, block.LastSeq, null, segment, block);
                }
            }
        }
    }
}
