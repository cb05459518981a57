using Picket.Events.Batches;
using Picket.Query;
using Picket.Query.Aggregates;
using Picket.Query.Sorting;
using Picket.Query.Store;

namespace Picket.Storage.Scan;

/// <summary>Finds the first events in an order other than time: looks at everything that matches and keeps the best. A block whose greatest or least number cannot better them is passed over.</summary>
internal sealed class SortScan(SearchRequest request, StoreSnapshot snapshot, uint log, AnswerMemory memory, CancellationToken cancellation) : IDisposable
{
    private const int HitBytes = 160;

    private sealed record Hit(SortValue[] Values, long Time, ulong Seq, ScanUnit Unit, int Row);

    private readonly SortOrder order = request.Order!;
    private readonly ScanPlan plan = new(snapshot, request.Tenant, request.Time, request.Filter, ulong.MaxValue, request.Counts);
    private readonly Matcher matcher = new(request.Filter);
    private readonly RowSet rows = new();
    private readonly long wanted = request.Offset + request.Limit;
    private PriorityQueue<Hit, Hit> best = null!;
    private long charged;

    public EventPage Run()
    {
        // The worst of the best is on top, so that a better one takes its place.
        best = new PriorityQueue<Hit, Hit>(Comparer<Hit>.Create((a, b) => Compare(b, a)));
        var total = 0L;
        foreach (var unit in plan.Units())
        {
            cancellation.ThrowIfCancellationRequested();
            if (best.Count < wanted || request.CountTo > 0 || MayBetter(unit))
            {
                total += LookAt(unit);
            }
        }
        var hits = best.UnorderedItems.Select(item => item.Element).Order(Comparer<Hit>.Create(Compare)).Skip((int)Math.Min(request.Offset, int.MaxValue));
        var (batch, _) = PageCopy.Of(hits.Select(hit => (hit.Unit, hit.Row)), request.Counts, cancellation);
        return new EventPage(batch, log, total, request.CountTo > 0, Next: null);
    }

    public void Dispose() => memory.Dispose();

    private long LookAt(ScanUnit unit)
    {
        using var batch = plan.Open(unit, plan.Mask, matcher, rows);
        var times = batch.Times;
        var seqs = batch.Seqs;
        for (var row = rows.Next(0); row >= 0; row = rows.Next(row + 1))
        {
            var isFull = best.Count == wanted;
            if (isFull && order.Read(batch[row], 0).CompareTo(best.Peek().Values[0], order.Keys[0].IsDescending) > 0)
            {
                continue;
            }
            var hit = new Hit(order.Read(batch[row]), times[row], seqs[row], unit, row);
            if (!isFull)
            {
                best.Enqueue(hit, hit);
            }
            else if (Compare(hit, best.Peek()) < 0)
            {
                best.DequeueEnqueue(hit, hit);
            }
        }
        memory.Take((best.Count - charged) * HitBytes);
        charged = best.Count;
        return rows.Count;
    }

    private bool MayBetter(ScanUnit unit) =>
        !unit.TryGetRange(order.Keys[0].Field, out var least, out var greatest)
        || new SortValue(order.Keys[0].IsDescending ? greatest : least).CompareTo(best.Peek().Values[0], order.Keys[0].IsDescending) <= 0;

    // Equal ones newest first.
    private int Compare(Hit a, Hit b)
    {
        var compared = order.Compare(a.Values, b.Values);
        compared = compared != 0 ? compared : b.Time.CompareTo(a.Time);
        return compared != 0 ? compared : b.Seq.CompareTo(a.Seq);
    }
}
