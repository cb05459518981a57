using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Query;
using Picket.Query.Aggregates;
using Picket.Query.Store;
using Picket.Storage.Segments;

namespace Picket.Storage.Scan;

/// <summary>
/// Counts and measures. What segments know already is not counted again: all of a tenant's events by the directory, combinations of level, severity, app and event type
/// by the cube, whole blocks by their headers. The rest is looked at block by block, on several threads at once.
/// </summary>
internal sealed class AggregateScan(AggregateRequest request, StoreSnapshot snapshot, AnswerMemory.Shared memory, QueryWorkers workers, CancellationToken cancellation)
{
    private readonly ScanPlan plan = new(snapshot, request.Tenant, request.Time, request.Filter, ulong.MaxValue);
    private readonly Aggregation aggregation = request.Aggregation;
    private readonly List<AnswerMemory> memories = [];
    private readonly Lock gate = new();

    private bool IsCount => aggregation.Metric is { Operator: MetricOperator.Count, Field: null };

    // No filter, no groups: any number of events counts as itself.
    private bool IsPlainCount => IsCount && request.Filter == Filter.Everything && aggregation.GroupBy.Count == 0 && aggregation.Interval == 0;

    private bool IsForCube => IsCount && aggregation.Interval % CountCube.Hour == 0 && aggregation.GroupBy.All(IsOfCube) && IsOfCubeOnly(request.Filter);

    public AggregateTable Run()
    {
        try
        {
            var table = NewTable();
            using var units = Units(table).GetEnumerator();
            var tables = new List<GroupTable> { table };
            workers.RunParts(part =>
            {
                var own = part == 0 ? table : NewTable();
                lock (gate)
                {
                    if (part > 0)
                    {
                        tables.Add(own);
                    }
                }
                Look(units, own, isHelper: part > 0);
            });
            foreach (var other in tables.Skip(1))
            {
                table.Merge(other);
            }
            return table.ToTable();
        }
        finally
        {
            memories.ForEach(own => own.Dispose());
        }
    }

    // The units, shared by all threads, that are to be looked at; on the way, what is known without looking goes to the table, which only one thread fills.
    private IEnumerable<ScanUnit> Units(GroupTable table)
    {
        var known = new GroupTable(aggregation, NewMemory());
        foreach (var unit in plan.InMemory())
        {
            yield return unit;
        }
        foreach (var segment in snapshot.Segments)
        {
            foreach (var unit in Count(segment, known) ? [] : plan.Units(segment))
            {
                if (IsPlainCount && plan.Mask.HoldsAll(unit.Bounds))
                {
                    known.AddCount(unit.Bounds.Rows);
                }
                else
                {
                    yield return unit;
                }
            }
        }
        lock (table)
        {
            table.Merge(known);
        }
    }

    // Whether all there is to say of a segment was said without its blocks.
    private bool Count(Segment segment, GroupTable known)
    {
        var bounds = segment.Bounds;
        var wholly = bounds.FirstTime >= plan.Mask.Time.From && bounds.LastTime < plan.Mask.Time.To && bounds.LastSeq <= plan.Mask.LastSeq && bounds.FirstKept >= plan.Mask.CutOff;
        if (!wholly)
        {
            return false;
        }
        if (IsPlainCount)
        {
            var rows = bounds.FirstTenant == bounds.LastTenant && bounds.FirstTenant == request.Tenant.Number ? bounds.Rows : segment.Directory().RowsOf(request.Tenant.Number);
            if (rows > 0)
            {
                known.AddCount(rows);
            }
            return true;
        }
        if (!IsForCube || segment.Cube() is not { } cube)
        {
            return false;
        }
        try
        {
            var rows = new RowSet();
            new Matcher(request.Filter).Match(cube.Rows, rows);
            var tenants = cube.Rows.Tenants;
            for (var row = rows.Next(0); row >= 0; row = rows.Next(row + 1))
            {
                if (tenants[row] != request.Tenant.Number)
                {
                    rows.Remove(row);
                }
            }
            known.Add(cube.Rows, rows, cube.Counts);
            return true;
        }
        finally
        {
            cube.Release();
        }
    }

    private void Look(IEnumerator<ScanUnit> units, GroupTable into, bool isHelper)
    {
        var matcher = new Matcher(request.Filter);
        var rows = new RowSet();
        // A thread that only helps goes back as soon as another question needs it.
        while (!isHelper || workers.Waiting == 0)
        {
            cancellation.ThrowIfCancellationRequested();
            ScanUnit unit;
            lock (gate)
            {
                if (!units.MoveNext())
                {
                    return;
                }
                unit = units.Current;
            }
            using var batch = unit.Open();
            matcher.Match(batch, rows);
            plan.Mask.Apply(batch, unit.Bounds, rows);
            lock (into)
            {
                into.Add(batch, rows);
            }
        }
    }

    private GroupTable NewTable() => new(aggregation, NewMemory());

    private AnswerMemory NewMemory()
    {
        var own = new AnswerMemory(memory);
        lock (memories)
        {
            memories.Add(own);
        }
        return own;
    }

    private static bool IsOfCube(Field field) => CountCube.Fields.Contains(field);

    private static bool IsOfCubeOnly(Filter filter) => filter switch
    {
        Filter.And and => and.Parts.All(IsOfCubeOnly),
        Filter.Or or => or.Parts.All(IsOfCubeOnly),
        Filter.Not not => IsOfCubeOnly(not.Part),
        Filter.Term term => IsOfCube(term.Field),
        _ => false,
    };
}
