namespace Picket.Events.Batches;

/// <summary>
/// Bytes that may be in use at once for one purpose. They are granted, awaited, or refused, never exceeded but by a single request
/// larger than all of it, which is granted alone. Thread-safe.
/// </summary>
public sealed class MemoryBudget(long capacity, TimeProvider time)
{
    private readonly Lock gate = new();
    private readonly LinkedList<(long Bytes, TaskCompletionSource<bool> Granted)> waiting = [];

    public long Capacity { get; } = capacity;

    public long InUse { get; private set; }

    /// <summary>True when granted; false when <paramref name="patience"/> ran out first.</summary>
    public async ValueTask<bool> TryTakeAsync(long bytes, TimeSpan patience, CancellationToken cancellation)
    {
        LinkedListNode<(long Bytes, TaskCompletionSource<bool> Granted)> ticket;
        lock (gate)
        {
            if (waiting.Count == 0 && Fits(bytes))
            {
                InUse += bytes;
                return true;
            }
            ticket = waiting.AddLast((bytes, new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously)));
        }
        using var limit = new CancellationTokenSource(patience, time);
        using var onLimit = limit.Token.Register(() => Abandon(ticket));
        using var onCancel = cancellation.Register(() => Abandon(ticket));
        var granted = await ticket.Value.Granted.Task;
        if (granted && cancellation.IsCancellationRequested)
        {
            Release(bytes);
        }
        cancellation.ThrowIfCancellationRequested();
        return granted;
    }

    public void Release(long bytes)
    {
        lock (gate)
        {
            InUse -= bytes;
            while (waiting.First is { } next && Fits(next.Value.Bytes))
            {
                waiting.RemoveFirst();
                InUse += next.Value.Bytes;
                next.Value.Granted.SetResult(true);
            }
        }
    }

    private bool Fits(long bytes) => InUse == 0 || InUse + bytes <= Capacity;

    private void Abandon(LinkedListNode<(long Bytes, TaskCompletionSource<bool> Granted)> ticket)
    {
        lock (gate)
        {
            if (ticket.List is not null)
            {
                waiting.Remove(ticket);
                ticket.Value.Granted.SetResult(false);
            }
        }
        Release(0);
    }
}
