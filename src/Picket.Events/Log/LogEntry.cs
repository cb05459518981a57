using Picket.Events.Batches;

namespace Picket.Events.Log;

/// <summary>Some consecutive events of the log. Whoever gets one disposes it.</summary>
public sealed class LogEntry(LogPosition first, EventBatch batch) : IDisposable
{
    public LogPosition First { get; } = first;
    public LogPosition Last => First.Plus((ulong)Batch.Count - 1);
    public EventBatch Batch { get; } = batch;

    public void Dispose() => Batch.Dispose();
}
