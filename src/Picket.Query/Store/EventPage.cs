using Picket.Events.Batches;

namespace Picket.Query.Store;

/// <summary>A page of events in the order asked for. Owns its copies; dispose it.</summary>
/// <param name="Batch">The events.</param>
/// <param name="Log">The log their ids are made with.</param>
/// <param name="Total">How many match in all.</param>
/// <param name="TotalIsExact">False when there may be more than <paramref name="Total"/>.</param>
/// <param name="Next">Where the next page begins; null when this is the last.</param>
public sealed record EventPage(EventBatch Batch, uint Log, long Total, bool TotalIsExact, PageCursor? Next) : IDisposable
{
    public void Dispose() => Batch.Dispose();
}
