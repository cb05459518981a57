using Picket.Events;
using Picket.Events.Batches;
using Picket.Query;

namespace Picket.Storage.Scan;

/// <summary>Takes away rows of other tenants, of other times, and that came after a snapshot.</summary>
internal static class RowMask
{
    public static void Apply(EventBatch batch, RowSet rows, TenantId tenant, TimeRange time, ulong lastSeq)
    {
        var tenants = batch.Tenants;
        var times = batch.Times;
        var seqs = batch.Seqs;
        for (var row = rows.Next(0); row >= 0; row = rows.Next(row + 1))
        {
            if (tenants[row] != tenant.Number || !time.Contains(times[row]) || seqs[row] > lastSeq)
            {
                rows.Remove(row);
            }
        }
    }
}
