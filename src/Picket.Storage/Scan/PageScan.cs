using Picket.Events.Batches;
using Picket.Query;
using Picket.Query.Store;

namespace Picket.Storage.Scan;

/// <summary>Finds a page: goes through the units from the page's end of time on, keeps the best rows, and stops when no unit can better them.</summary>
internal sealed class PageScan(SearchRequest request, StoreSnapshot snapshot, uint log, CancellationToken cancellation)
{
    private readonly record struct Hit(long Time, ulong Seq, int Unit, int Row);

    private readonly Comparer<Hit> order = Comparer<Hit>.Create((a, b) =>
    {
        var compared = a.Time != b.Time ? a.Time.CompareTo(b.Time) : a.Seq.CompareTo(b.Seq);
        return request.NewestFirst ? -compared : compared;
    });

    private readonly ulong last = request.After is { } after ? Math.Min(after.Snapshot, snapshot.Last) : snapshot.Last;
    private readonly Dictionary<int, EventBatch> opened = [];
    private long total;

    public EventPage Run()
    {
        var wanted = request.Offset + request.Limit + 1;
        var units = ScanUnit.Plan(snapshot, request.Tenant, request.Time, request.Filter.Need);
        units.Sort((a, b) => request.NewestFirst ? b.LastTime.CompareTo(a.LastTime) : a.FirstTime.CompareTo(b.FirstTime));
        // The worst of the best is on top, so that a better one takes its place.
        var best = new PriorityQueue<Hit, Hit>(Comparer<Hit>.Create((a, b) => order.Compare(b, a)));
        var matcher = new Matcher(request.Filter);
        var rows = new RowSet();
        var exact = true;
        try
        {
            for (var i = 0; i < units.Count; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                if (best.Count == wanted && CannotBetter(units[i], best.Peek()) && !request.ExactTotal && total > Query.Limits.CountedTotal)
                {
                    exact = false;
                    break;
                }
                LookAt(units[i], i, matcher, rows, best, wanted);
            }
            return Page(best, exact);
        }
        finally
        {
            foreach (var batch in opened.Values)
            {
                batch.Dispose();
            }
        }
    }

    private void LookAt(ScanUnit unit, int index, Matcher matcher, RowSet rows, PriorityQueue<Hit, Hit> best, long wanted)
    {
        var batch = unit.Open();
        var kept = false;
        try
        {
            matcher.Match(batch, rows);
            RowMask.Apply(batch, rows, request.Tenant, request.Time, last);
            total += rows.Count;
            var times = batch.Times;
            var seqs = batch.Seqs;
            for (var row = rows.Next(0); row >= 0; row = rows.Next(row + 1))
            {
                var hit = new Hit(times[row], seqs[row], index, row);
                if (request.After is { } after && order.Compare(hit, new Hit(after.Time, after.Seq, 0, 0)) <= 0)
                {
                    continue;
                }
                if (best.Count < wanted)
                {
                    best.Enqueue(hit, hit);
                    kept = true;
                }
                else if (order.Compare(hit, best.Peek()) < 0)
                {
                    best.DequeueEnqueue(hit, hit);
                    kept = true;
                }
            }
        }
        finally
        {
            if (kept)
            {
                opened.Add(index, batch);
            }
            else
            {
                batch.Dispose();
            }
        }
    }

    private bool CannotBetter(ScanUnit unit, Hit worst) => request.NewestFirst ? unit.LastTime < worst.Time : unit.FirstTime > worst.Time;

    private EventPage Page(PriorityQueue<Hit, Hit> best, bool exact)
    {
        var hits = best.UnorderedItems.Select(item => item.Element).Order(order).Skip((int)Math.Min(request.Offset, int.MaxValue)).ToArray();
        var more = hits.Length > request.Limit;
        var page = hits[..Math.Min(hits.Length, request.Limit)];
        var indexes = opened.Keys.ToList();
        var places = indexes.Select((unit, at) => (unit, at)).ToDictionary(pair => pair.unit, pair => pair.at);
        using var builder = new EventBatchBuilder();
        builder.AddRows([.. indexes.Select(unit => opened[unit])], Array.ConvertAll(page, hit => new RowRef(places[hit.Unit], hit.Row)));
        var next = more ? new PageCursor(page[^1].Time, page[^1].Seq, last) : (PageCursor?)null;
        return new EventPage(builder.Seal(), log, total, exact, next);
    }
}
