using System.Diagnostics.CodeAnalysis;
using Picket.Events;
using Picket.Events.Batches;

namespace Picket.Server.Rules;

/// <summary>The batches that were looked at since what they changed was written down, so that events behind alerts need not be looked up in the store. Past 16 MiB the oldest go. Not thread-safe.</summary>
internal sealed class RecentBatches : IDisposable
{
    private const long MostBytes = 16 * 1024 * 1024;

    private readonly Queue<EventBatch> batches = [];
    private long bytes;

    /// <param name="batch">Behind those before; it stays the caller's.</param>
    public void Add(EventBatch batch)
    {
        batches.Enqueue(batch.Share());
        for (bytes += batch.Bytes; bytes > MostBytes && batches.TryDequeue(out var oldest); oldest.Dispose())
        {
            bytes -= oldest.Bytes;
        }
    }

    public bool TryFind(TenantId tenant, ulong seq, [NotNullWhen(true)] out EventBatch? batch, out int row)
    {
        foreach (var one in batches)
        {
            if (one.Seqs[0] <= seq && seq <= one.Seqs[^1] && (row = one.Seqs.BinarySearch(seq)) >= 0 && one.Tenants[row] == tenant.Number)
            {
                batch = one;
                return true;
            }
        }
        (batch, row) = (null, 0);
        return false;
    }

    public void Clear()
    {
        while (batches.TryDequeue(out var batch))
        {
            batch.Dispose();
        }
        bytes = 0;
    }

    public void Dispose() => Clear();
}
