using Picket.Events.Batches;
using Picket.Storage.Log;

namespace Picket.Storage.Memory;

/// <summary>
/// One contiguous range of the log in memory, searchable at once. The commit loop adds; readers take shared handles. When it has grown enough it is
/// sealed and flushed. Thread-safe.
/// </summary>
internal sealed class Generation : IDisposable
{
    private readonly Lock gate = new();
    private readonly List<HeldBatch> batches = [];

    public long Bytes { get; private set; }

    /// <summary>Number of the last event in it; 0 while empty.</summary>
    public ulong Last { get; private set; }

    public long Events { get; private set; }

    public bool IsEmpty => Events == 0 && Notes.IsEmpty;

    public RecordNotes Notes { get; } = new();

    public void Add(EventBatch batch, RecordNotes notes)
    {
        lock (gate)
        {
            Notes.AddRange(notes);
            if (batch.Count == 0)
            {
                batch.Dispose();
                return;
            }
            Last = batch.Seqs[^1];
            Events += batch.Count;
            Bytes += batch.Bytes;
            batches.Add(HeldBatch.Of(batch));
            Fold();
        }
    }

    /// <summary>Handles on all batches, in order; each to be disposed.</summary>
    public List<HeldBatch> Share()
    {
        lock (gate)
        {
            return [.. batches.Select(batch => batch.Share())];
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            foreach (var held in batches)
            {
                held.Batch.Dispose();
            }
            batches.Clear();
        }
    }

    // A run of small batches at the end, all of like size, becomes one: each event is copied once for every factor of sixteen.
    private void Fold()
    {
        while (batches.Count >= Limits.FoldBatches)
        {
            var run = batches[^Limits.FoldBatches..];
            var largest = run.Max(held => held.Batch.Count);
            if (largest * 2 > Limits.SmallBatchRows || run[0].Batch.Count > run[^1].Batch.Count * Limits.FoldBatches)
            {
                return;
            }
            using var builder = new EventBatchBuilder();
            foreach (var held in run)
            {
                builder.AddRows(held.Batch);
            }
            var folded = builder.Seal();
            Bytes += folded.Bytes - run.Sum(held => held.Batch.Bytes);
            batches.RemoveRange(batches.Count - Limits.FoldBatches, Limits.FoldBatches);
            run.ForEach(held => held.Batch.Dispose());
            batches.Add(HeldBatch.Of(folded));
        }
    }
}
