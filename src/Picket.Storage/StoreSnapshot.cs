using Picket.Events;
using Picket.Storage.Memory;
using Picket.Storage.Scan;
using Picket.Storage.Segments;

namespace Picket.Storage;

/// <summary>What stood at one moment: handles on the batches in memory and on the segments. Dispose it when the question is answered.</summary>
internal sealed class StoreSnapshot(List<HeldBatch> batches, List<Segment> segments, ulong last, Retention retention, long now, KnownAnswers known) : IDisposable
{
    public IReadOnlyList<HeldBatch> Batches => batches;
    public IReadOnlyList<Segment> Segments => segments;

    /// <summary>What was asked before.</summary>
    public KnownAnswers Known => known;

    /// <summary>Number of the last event in it.</summary>
    public ulong Last => last;

    /// <summary>The tenant's events kept since before this instant have expired.</summary>
    public long CutOff(TenantId tenant) => retention.CutOff(tenant, now);

    /// <summary>Whether none of a batch's events has expired.</summary>
    public bool IsKept(in HeldBatch held)
    {
        var tenants = held.Batch.Tenants;
        for (var row = 0; row < tenants.Length; row++)
        {
            if ((row == 0 || tenants[row] != tenants[row - 1]) && held.Bounds.FirstKept < CutOff(new TenantId(tenants[row])))
            {
                return false;
            }
        }
        return true;
    }

    public void Dispose()
    {
        batches.ForEach(held => held.Batch.Dispose());
        segments.ForEach(segment => segment.Dispose());
    }
}
