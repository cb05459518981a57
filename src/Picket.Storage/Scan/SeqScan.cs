using Picket.Events;
using Picket.Events.Batches;
using Picket.Query;
using Picket.Storage.Segments;

namespace Picket.Storage.Scan;

/// <summary>Events in the order of their numbers, whatever order the segments keep: a window of numbers at a time, gathered from all units that touch it.</summary>
internal static class SeqScan
{
    private const ulong WindowEvents = 8_192;

    /// <summary>Of who reads all there is: blocks are opened less often for it.</summary>
    public const ulong LargeWindow = 32_768;

    /// <summary>
    /// The matching events numbered after <paramref name="after"/>, at most <paramref name="most"/> of them, and the number up to which that is all.
    /// Null tenant: of all tenants.
    /// </summary>
    public static (EventBatch Batch, ulong Through) Next(StoreSnapshot snapshot, TenantId? tenant, TimeRange time, Filter filter, ulong after, ulong last, ulong most = WindowEvents)
    {
        last = Math.Min(last, snapshot.Last);
        var first = FirstAfter(snapshot, after);
        var through = first is { } start ? Math.Min(start - 1 + most, last) : last;
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
                    if (seq > after && seq <= through && time.Contains(batch.Times[row]) && (tenant is null || batch.Tenants[row] == tenant.Value.Number)
                        && Math.Max(batch.Times[row], batch.Received[row]) >= snapshot.CutOff(new TenantId(batch.Tenants[row])))
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

    /// <summary>A tenant's event of a number; null when it is not there, or past its time.</summary>
    public static EventBatch? Find(StoreSnapshot snapshot, TenantId tenant, ulong seq)
    {
        foreach (var unit in Touching(snapshot, seq, seq))
        {
            using var batch = unit.Open();
            var row = batch.Seqs.IndexOf(seq);
            if (row >= 0)
            {
                if (batch.Tenants[row] != tenant.Number || Math.Max(batch.Times[row], batch.Received[row]) < snapshot.CutOff(tenant))
                {
                    return null;
                }
                using var builder = new EventBatchBuilder();
                builder.AddRows([batch], [new RowRef(0, row)]);
                return builder.Seal();
            }
        }
        return null;
    }

    /// <summary>The next events of all tenants as they lie in memory, without a copy; null when they do not begin a batch there, or some are past their time.</summary>
    public static (EventBatch Batch, ulong Through)? NextInMemory(StoreSnapshot snapshot, ulong after)
    {
        foreach (var held in snapshot.Batches)
        {
            if (held.Bounds.FirstSeq == after + 1 && held.Batch.Seqs[0] == after + 1 && held.Bounds.LastSeq <= snapshot.Last && snapshot.IsKept(held))
            {
                return (held.Batch.Share(), held.Bounds.LastSeq);
            }
        }
        return null;
    }

    // The first number there is: what retention took away is passed over in one step.
    private static ulong? FirstAfter(StoreSnapshot snapshot, ulong after)
    {
        var first = ulong.MaxValue;
        void See(in RowBounds bounds)
        {
            if (bounds.LastSeq > after)
            {
                first = Math.Min(first, Math.Max(bounds.FirstSeq, after + 1));
            }
        }
        foreach (var held in snapshot.Batches)
        {
            See(held.Bounds);
        }
        foreach (var segment in snapshot.Segments)
        {
            See(segment.Bounds);
        }
        return first == ulong.MaxValue ? null : first;
    }

    private static IEnumerable<ScanUnit> Touching(StoreSnapshot snapshot, ulong first, ulong last)
    {
        foreach (var held in snapshot.Batches)
        {
            if (held.Bounds.TouchesSeqs(first, last))
            {
                yield return new ScanUnit(held);
            }
        }
        foreach (var segment in snapshot.Segments.Where(segment => segment.Bounds.TouchesSeqs(first, last)))
        {
            foreach (var group in segment.Footer.Groups.Where(group => group.Bounds.TouchesSeqs(first, last)))
            {
                var headers = segment.Headers(group);
                for (var i = 0; i < headers.Length; i++)
                {
                    if (headers[i].Bounds.TouchesSeqs(first, last))
                    {
                        yield return new ScanUnit(segment, group.FirstBlock + i, headers[i]);
                    }
                }
            }
        }
    }
}
