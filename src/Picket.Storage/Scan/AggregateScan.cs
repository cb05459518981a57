using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Query;
using Picket.Query.Aggregates;
using Picket.Query.Operators;
using Picket.Query.Store;
using Picket.Storage.Segments;

namespace Picket.Storage.Scan;

/// <summary>
/// Counts and measures. What segments know already is not counted again: all of a tenant's events by the directory, combinations of level, severity, app and event type
/// by the cube for whole hours, whole blocks by their headers. The rest is looked at block by block, on several threads at once.
/// </summary>
internal sealed class AggregateScan(AggregateRequest request, StoreSnapshot snapshot, AnswerMemory.Shared memory, QueryWorkers workers, CancellationToken cancellation)
{
    private readonly ScanPlan plan = new(snapshot, request.Tenant, request.Time, request.Filter, ulong.MaxValue, request.Counts);
    private readonly Aggregation aggregation = request.Aggregation;
    private readonly List<AnswerMemory> memories = [];
    private readonly Lock gate = new();

    private bool IsCount => aggregation.IsCount;

    // No filter, no groups: any number of events counts as itself.
    private bool IsPlainCount => IsCount && request.Filter == Filter.Everything && aggregation.GroupBy.Count == 0 && aggregation.Interval == 0;

    private bool IsForCube => IsCount && aggregation.Interval % CountCube.Hour == 0 && !aggregation.ByPattern && aggregation.GroupBy.All(IsOfCube) && IsOfCubeOnly(request.Filter);

    public AggregateTable Run()
    {
        if (Asked() is not { } asked)
        {
            return Make();
        }
        var isKnown = true;
        var table = snapshot.Known.TableOf(asked, () =>
        {
            isKnown = false;
            return Make();
        });
        if (isKnown)
        {
            request.Counts.Know(table.Rows.Sum(row => row.Count));
        }
        return table;
    }

    // What is asked of segments alone, all of whose events count, is the same as long as they are: nothing comes to a segment, and what expires makes another question of it.
    private AskedTable? Asked()
    {
        if (plan.InMemory().Any())
        {
            return null;
        }
        var touched = snapshot.Segments.Where(segment => plan.Mask.MayHold(segment.Bounds)).ToArray();
        return touched.Any(segment => segment.Bounds.FirstKept < plan.Mask.CutOff)
            ? null
            : new AskedTable(request.Tenant, request.Time, snapshot.Known.NumberOf(request.Filter), aggregation, [.. touched.Select(segment => segment.Number)]);
    }

    private AggregateTable Make()
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
    private IEnumerable<(ScanUnit Unit, RowMask Mask)> Units(GroupTable table)
    {
        var known = new GroupTable(aggregation, NewMemory());
        foreach (var unit in plan.InMemory())
        {
            yield return (unit, plan.Mask);
        }
        foreach (var segment in snapshot.Segments)
        {
            foreach (var (unit, mask) in Left(segment, known))
            {
                if (IsPlainCount && mask.HoldsAll(unit.Bounds))
                {
                    known.AddCount(unit.Bounds.Rows);
                    request.Counts.Know(unit.Bounds.Rows);
                }
                else
                {
                    yield return (unit, mask);
                }
            }
        }
        lock (table)
        {
            table.Merge(known);
        }
    }

    // Adds what a segment says without its blocks; what is left are the blocks for the rest, which may be none of them, or those of the hours that the time asked cuts.
    private IEnumerable<(ScanUnit Unit, RowMask Mask)> Left(Segment segment, GroupTable known)
    {
        var (bounds, mask) = (segment.Bounds, plan.Mask);
        if (bounds.LastSeq > mask.LastSeq || bounds.FirstKept < mask.CutOff)
        {
            return Masked(plan, segment);
        }
        var isWhole = bounds.FirstTime >= mask.Time.From && bounds.LastTime < mask.Time.To;
        if (isWhole && IsPlainCount)
        {
            var rows = bounds.FirstTenant == bounds.LastTenant && bounds.FirstTenant == mask.Tenant ? bounds.Rows : segment.Directory().RowsOf(mask.Tenant);
            if (rows > 0)
            {
                known.AddCount(rows);
                request.Counts.Know(rows);
            }
            return [];
        }
        var hours = isWhole ? TimeRange.All : CountCube.HoursWithin(mask.Time);
        if (!IsForCube || hours.From >= hours.To || !hours.Touches(bounds.FirstTime, bounds.LastTime) || segment.Cube() is not { } cube)
        {
            return Masked(plan, segment);
        }
        AddCube(cube, hours, known);
        return isWhole
            ? []
            : new[] { mask.Time with { To = hours.From }, mask.Time with { From = hours.To } }.Where(cut => cut.From < cut.To).SelectMany(cut => Masked(plan.Within(cut), segment));
    }

    private static IEnumerable<(ScanUnit Unit, RowMask Mask)> Masked(ScanPlan plan, Segment segment) => plan.Units(segment).Select(unit => (unit, plan.Mask));

    private void AddCube(CountCube cube, TimeRange hours, GroupTable known)
    {
        try
        {
            var rows = new RowSet();
            new Matcher(request.Filter).Match(cube.Rows, rows);
            var tenants = cube.Rows.Tenants;
            var times = cube.Rows.Times;
            for (var row = rows.Next(0); row >= 0; row = rows.Next(row + 1))
            {
                if (tenants[row] != request.Tenant.Number || !hours.Contains(times[row]))
                {
                    rows.Remove(row);
                }
            }
            known.Add(cube.Rows, rows, cube.Counts);
            for (var row = rows.Next(0); row >= 0; row = rows.Next(row + 1))
            {
                request.Counts.Know(cube.Counts[row]);
            }
        }
        finally
        {
            cube.Release();
        }
    }

    private void Look(IEnumerator<(ScanUnit Unit, RowMask Mask)> units, GroupTable into, bool isHelper)
    {
        var matcher = new Matcher(request.Filter);
        var rows = new RowSet();
        // A thread that only helps goes back as soon as another question needs it.
        while (!isHelper || workers.Waiting == 0)
        {
            cancellation.ThrowIfCancellationRequested();
            (ScanUnit Unit, RowMask Mask) next;
            lock (gate)
            {
                if (!units.MoveNext())
                {
                    return;
                }
                next = units.Current;
            }
            using var batch = plan.Open(next.Unit, next.Mask, matcher, rows);
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
        // A field exists where one beneath it does, which a cube does not have.
        Filter.Term term => IsOfCube(term.Field) && term.Operator is not Exists,
        _ => false,
    };
}
