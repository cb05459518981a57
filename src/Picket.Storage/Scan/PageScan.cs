using Picket.Events.Batches;
using Picket.Query;
using Picket.Query.Aggregates;
using Picket.Query.Store;

namespace Picket.Storage.Scan;

/// <summary>Finds a page: goes through the units from the page's end of time on, keeps the best rows, and stops when no unit can better them.</summary>
internal sealed class PageScan(SearchRequest request, StoreSnapshot snapshot, uint log, AnswerMemory memory, CancellationToken cancellation) : IDisposable
{
    private const int HitBytes = 64;

    private readonly record struct Hit(long Time, ulong Seq, int Unit, int Row);

    private readonly Comparer<Hit> order = Comparer<Hit>.Create((a, b) =>
    {
        var compared = a.Time != b.Time ? a.Time.CompareTo(b.Time) : a.Seq.CompareTo(b.Seq);
        return request.NewestFirst ? -compared : compared;
    });

    private readonly ScanPlan plan = new(snapshot, request.Tenant, request.Time, request.Filter, request.After?.Snapshot ?? ulong.MaxValue, request.Counts);
    private readonly List<ScanUnit> kept = [];
    private readonly Matcher matcher = new(request.Filter);
    private readonly RowSet rows = new();

    /// <summary>Matching events met so far; all there are when <see cref="MetAll"/>.</summary>
    public long Total { get; private set; }

    public bool MetAll { get; private set; } = true;

    /// <param name="countTo">After the page is full, go on until so many have been counted.</param>
    public EventPage Run(long countTo)
    {
        var wanted = request.Offset + request.Limit + 1;
        // The worst of the best is on top, so that a better one takes its place.
        var best = new PriorityQueue<Hit, Hit>(Comparer<Hit>.Create((a, b) => order.Compare(b, a)));
        foreach (var unit in plan.ByTime(request.NewestFirst))
        {
            cancellation.ThrowIfCancellationRequested();
            var isFull = best.Count == wanted && CannotBetter(unit, best.Peek());
            if (isFull && Total >= countTo)
            {
                MetAll = false;
                break;
            }
            if (isFull && request.Filter == Filter.Everything && plan.Mask.HoldsAll(unit.Bounds))
            {
                Total += unit.Bounds.Rows;
                continue;
            }
            LookAt(unit, best, wanted);
        }
        return Page(best);
    }

    public void Dispose() => memory.Dispose();

    private void LookAt(ScanUnit unit, PriorityQueue<Hit, Hit> best, long wanted)
    {
        using var batch = plan.Open(unit, plan.Mask, matcher, rows);
        if (rows.IsEmpty)
        {
            return;
        }
        Total += rows.Count;
        var full = best.Count == wanted;
        if (full && CannotBetter(unit, best.Peek()))
        {
            return;
        }
        var times = batch.Times;
        var seqs = batch.Seqs;
        var before = best.Count;
        var number = kept.Count;
        var any = false;
        for (var row = rows.Next(0); row >= 0; row = rows.Next(row + 1))
        {
            var hit = new Hit(times[row], seqs[row], number, row);
            if (request.After is { } after && order.Compare(hit, new Hit(after.Time, after.Seq, 0, 0)) <= 0)
            {
                continue;
            }
            if (best.Count < wanted)
            {
                best.Enqueue(hit, hit);
                any = true;
            }
            else if (order.Compare(hit, best.Peek()) < 0)
            {
                best.DequeueEnqueue(hit, hit);
                any = true;
            }
        }
        memory.Take((best.Count - before) * (long)HitBytes);
        if (any)
        {
            kept.Add(unit);
        }
    }

    private bool CannotBetter(ScanUnit unit, Hit worst) => request.NewestFirst ? unit.Bounds.LastTime < worst.Time : unit.Bounds.FirstTime > worst.Time;

    private EventPage Page(PriorityQueue<Hit, Hit> best)
    {
        var hits = best.UnorderedItems.Select(item => item.Element).Order(order).Skip((int)Math.Min(request.Offset, int.MaxValue)).ToArray();
        var more = hits.Length > request.Limit;
        var page = hits[..Math.Min(hits.Length, request.Limit)];
        var (batch, taken) = PageCopy.Of(page.Select(hit => (kept[hit.Unit], hit.Row)), request.Counts, cancellation);
        var next = more || taken < page.Length ? new PageCursor(page[taken - 1].Time, page[taken - 1].Seq, plan.Mask.LastSeq) : (PageCursor?)null;
        return new EventPage(batch, log, Total, MetAll, next);
    }
}
