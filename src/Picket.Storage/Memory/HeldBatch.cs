using Picket.Events.Batches;
using Picket.Storage.Segments;

namespace Picket.Storage.Memory;

/// <summary>A batch in memory, and what its rows lie between.</summary>
internal readonly record struct HeldBatch(EventBatch Batch, RowBounds Bounds)
{
    public static HeldBatch Of(EventBatch batch)
    {
        var bounds = RowBounds.None;
        var tenants = batch.Tenants;
        var times = batch.Times;
        var received = batch.Received;
        var seqs = batch.Seqs;
        for (var row = 0; row < seqs.Length; row++)
        {
            bounds.Add(tenants[row], times[row], received[row], seqs[row]);
        }
        return new HeldBatch(batch, bounds);
    }

    public HeldBatch Share() => this with { Batch = Batch.Share() };
}
