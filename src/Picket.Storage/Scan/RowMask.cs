using Picket.Events.Batches;
using Picket.Query;
using Picket.Storage.Segments;

namespace Picket.Storage.Scan;

/// <summary>What a question may see at all: one tenant's events of some time that had come by a snapshot and have not expired.</summary>
internal readonly record struct RowMask(uint Tenant, TimeRange Time, ulong LastSeq, long CutOff)
{
    /// <summary>Every one of these rows may be seen.</summary>
    public bool HoldsAll(in RowBounds bounds) =>
        bounds.FirstTenant == Tenant && bounds.LastTenant == Tenant && bounds.FirstTime >= Time.From && bounds.LastTime < Time.To
        && bounds.LastSeq <= LastSeq && bounds.FirstKept >= CutOff;

    public bool MayHold(in RowBounds bounds) => bounds.MayHold(Tenant, Time) && bounds.FirstSeq <= LastSeq && bounds.LastKept >= CutOff;

    /// <summary>Takes the rows away that may not be seen.</summary>
    public void Apply(EventBatch batch, in RowBounds bounds, RowSet rows)
    {
        if (rows.IsEmpty || HoldsAll(bounds))
        {
            return;
        }
        var tenants = batch.Tenants;
        var times = batch.Times;
        var received = batch.Received;
        var seqs = batch.Seqs;
        for (var row = rows.Next(0); row >= 0; row = rows.Next(row + 1))
        {
            if (tenants[row] != Tenant || !Time.Contains(times[row]) || seqs[row] > LastSeq || Math.Max(times[row], received[row]) < CutOff)
            {
                rows.Remove(row);
            }
        }
    }
}
