using Picket.Events;
using Picket.Events.Batches;
using Picket.Query;
using Picket.Query.Store;
using Picket.Storage.Segments;

namespace Picket.Storage.Scan;

/// <summary>
/// What a question must look at, found as it goes: segments, then the groups of those that may hold an answer, then their blocks. What can be told from less is not
/// read: a segment by its footer, its directory of tenants and its index of tokens; a block by its header.
/// </summary>
internal sealed class ScanPlan
{
    private readonly StoreSnapshot snapshot;
    private readonly Need need;
    private readonly ScanCounts counts;
    // 0 for one that holds for everything.
    private readonly long filter;

    private sealed record Group(Segment Segment, BlockGroup Blocks, RowSet? Narrowed);

    public ScanPlan(StoreSnapshot snapshot, TenantId tenant, TimeRange time, Filter filter, ulong lastSeq, ScanCounts counts)
    {
        this.counts = counts;
        counts.AddSegments(snapshot.Segments.Count);
        this.snapshot = snapshot;
        need = filter.Need;
        this.filter = filter == Filter.Everything ? 0 : snapshot.Known.NumberOf(filter);
        Mask = new RowMask(tenant.Number, time, Math.Min(lastSeq, snapshot.Last), snapshot.CutOff(tenant));
    }

    private ScanPlan(ScanPlan plan, TimeRange time) => (snapshot, need, counts, filter, Mask) = (plan.snapshot, plan.need, plan.counts, plan.filter, plan.Mask with { Time = time });

    public RowMask Mask { get; }

    /// <summary>The same for another time.</summary>
    public ScanPlan Within(TimeRange time) => new(this, time);

    /// <summary>Opens one, which the caller disposes, and makes <paramref name="rows"/> those that are asked for.</summary>
    /// <param name="mask">What may be seen: <see cref="Mask"/>, or that of the same plan within another time.</param>
    public EventBatch Open(ScanUnit unit, in RowMask mask, Matcher matcher, RowSet rows)
    {
        counts.Read(unit.Bounds.Rows);
        var batch = unit.Open(counts);
        if (filter == 0)
        {
            rows.Reset(batch.Count);
            rows.AddAll();
        }
        else
        {
            unit.Match(batch, matcher, filter, snapshot.Known, rows);
        }
        mask.Apply(batch, unit.Bounds, rows);
        return batch;
    }

    /// <summary>Everything to look at, in no order.</summary>
    public IEnumerable<ScanUnit> Units() => InMemory().Concat(snapshot.Segments.SelectMany(Units));

    /// <summary>A segment's blocks to look at.</summary>
    public IEnumerable<ScanUnit> Units(Segment segment)
    {
        var blocks = Narrow(segment, out var may);
        return may ? segment.Footer.Groups.Where(group => Mask.MayHold(group.Bounds)).SelectMany(group => Units(segment, group, blocks)) : [];
    }

    /// <summary>Batches in memory to look at.</summary>
    public IEnumerable<ScanUnit> InMemory() => snapshot.Batches.Where(held => Mask.MayHold(held.Bounds)).Select(held => new ScanUnit(held));

    /// <summary>Everything to look at by its last time, latest first; or by its first, earliest first. A segment is opened up only when it is its turn.</summary>
    public IEnumerable<ScanUnit> ByTime(bool newestFirst)
    {
        var queue = new PriorityQueue<object, long>();
        void Add(object item, in RowBounds bounds) => queue.Enqueue(item, newestFirst ? -bounds.LastTime : bounds.FirstTime);
        foreach (var unit in InMemory())
        {
            Add(unit, unit.Bounds);
        }
        foreach (var segment in snapshot.Segments)
        {
            Add(segment, segment.Bounds);
        }
        while (queue.TryDequeue(out var next, out _))
        {
            switch (next)
            {
                case ScanUnit unit:
                    yield return unit;
                    break;
                case Segment segment:
                    var blocks = Narrow(segment, out var may);
                    foreach (var group in may ? segment.Footer.Groups : [])
                    {
                        if (Mask.MayHold(group.Bounds))
                        {
                            Add(new Group(segment, group, blocks), group.Bounds);
                        }
                    }
                    break;
                case Group opened:
                    foreach (var unit in Units(opened.Segment, opened.Blocks, opened.Narrowed))
                    {
                        Add(unit, unit.Bounds);
                    }
                    break;
            }
        }
    }

    // Which blocks the index leaves; null for all.
    private RowSet? Narrow(Segment segment, out bool may)
    {
        RowSet? blocks = null;
        may = Mask.MayHold(segment.Bounds)
            && (segment.Bounds.FirstTenant == segment.Bounds.LastTenant || segment.Directory().RowsOf(Mask.Tenant) > 0)
            && BlockFilter.TryNarrow(segment, need, out blocks);
        if (!may)
        {
            counts.PassSegment();
        }
        return blocks;
    }

    private IEnumerable<ScanUnit> Units(Segment segment, BlockGroup group, RowSet? blocks)
    {
        if (blocks is not null && (blocks.Next(group.FirstBlock) is var first && (first < 0 || first >= group.FirstBlock + group.Blocks)))
        {
            counts.PassBlocks(group.Blocks);
            yield break;
        }
        var headers = segment.Headers(group);
        for (var i = 0; i < headers.Length; i++)
        {
            var number = group.FirstBlock + i;
            if ((blocks is null || blocks.Contains(number)) && Mask.MayHold(headers[i].Bounds) && BlockFilter.MayHold(headers[i], need))
            {
                yield return new ScanUnit(segment, number, headers[i]);
            }
            else
            {
                counts.PassBlocks(1);
            }
        }
    }
}
