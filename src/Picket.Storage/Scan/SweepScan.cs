using Picket.Events.Batches;
using Picket.Query;
using Picket.Query.Store;

namespace Picket.Storage.Scan;

/// <summary>
/// All events that are asked for, a batch or block after the other, by when their first event happened: each is opened once. What stood when it began stays until it is disposed. For one
/// caller at a time.
/// </summary>
internal sealed class SweepScan : IDisposable
{
    // Of blocks that have nothing, so many are looked at in one turn.
    private const int MostUnits = 64;

    private readonly StoreSnapshot snapshot;
    private readonly ScanPlan plan;
    private readonly IEnumerator<ScanUnit> units;
    private readonly Matcher matcher;
    private readonly RowSet rows = new();

    public SweepScan(SweepRequest request, StoreSnapshot snapshot)
    {
        this.snapshot = snapshot;
        plan = new ScanPlan(snapshot, request.Tenant, request.Time, request.Filter, request.Before - 1, new ScanCounts());
        units = plan.ByTime(newestFirst: false).GetEnumerator();
        matcher = new Matcher(request.Filter);
    }

    /// <summary>The next events; none where a turn found none. Null at the end.</summary>
    public SweptEvents? Next()
    {
        for (var looked = 0; looked < MostUnits; looked++)
        {
            if (!units.MoveNext())
            {
                return null;
            }
            var batch = plan.Open(units.Current, plan.Mask, matcher, rows);
            if (rows.Count == batch.Count)
            {
                return new SweptEvents(batch, units.Current.Bounds.FirstTime);
            }
            if (!rows.IsEmpty)
            {
                return new SweptEvents(new EventBatch(new ChosenRows(batch, rows)), units.Current.Bounds.FirstTime);
            }
            batch.Dispose();
        }
        using var none = new EventBatchBuilder();
        return new SweptEvents(none.Seal(), units.Current.Bounds.FirstTime);
    }

    public void Dispose()
    {
        units.Dispose();
        snapshot.Dispose();
    }
}
