using Picket.Events;
using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Query;
using Picket.Storage.Segments;

namespace Picket.Storage.Scan;

/// <summary>A batch in memory or a segment's block, to be looked at or passed over.</summary>
internal sealed record ScanUnit(long FirstTime, long LastTime, ulong FirstSeq, ulong LastSeq, EventBatch? Batch, Segment? Segment, BlockHeader? Block)
{
    public int Rows => Block?.Rows ?? Batch!.Count;

    public EventBatch Open() => Batch?.Share() ?? Segment!.Block(Block!);

    /// <summary>The units that can hold events of the tenant in the time range that the filter needs.</summary>
    public static List<ScanUnit> Plan(StoreSnapshot snapshot, TenantId tenant, TimeRange time, Need need)
    {
        var units = new List<ScanUnit>();
        foreach (var batch in snapshot.Batches)
        {
            var (first, last) = (long.MaxValue, long.MinValue);
            foreach (var at in batch.Times)
            {
                (first, last) = (Math.Min(first, at), Math.Max(last, at));
            }
            if (time.Touches(first, last))
            {
                units.Add(new ScanUnit(first, last, batch.Seqs[0], batch.Seqs[^1], batch, null, null));
            }
        }
        foreach (var segment in snapshot.Segments)
        {
            foreach (var block in segment.Blocks)
            {
                if (block.FirstTenant <= tenant.Number && tenant.Number <= block.LastTenant
                    && time.Touches(block.FirstTime, block.LastTime) && MayHold(need, block))
                {
                    units.Add(new ScanUnit(block.FirstTime, block.LastTime, block.FirstSeq, block.LastSeq, null, segment, block));
                }
            }
        }
        return units;
    }

    private static bool MayHold(Need need, BlockHeader block) => need switch
    {
        Need.All all => all.Parts.All(part => MayHold(part, block)),
        Need.OneOf one => one.Parts.Any(part => MayHold(part, block)),
        Need.Present present => Has(block, present.Field),
        Need.Literal literal => Has(block, literal.Field),
        _ => true,
    };

    // Times stand in columns of their own and are always there.
    private static bool Has(BlockHeader block, Field field) =>
        field.Equals(EventSchema.Ts) || field.Equals(EventSchema.ReceivedAt) || block.Columns.Any(column => column.Field.Equals(field));
}
