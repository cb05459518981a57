using Picket.Events;
using Picket.Events.Batches;

namespace Picket.Query.Store;

/// <summary>
/// Answers about stored events. Every question names its tenant first. Answers are copies, so no slow client holds memory of the store.
/// What ends a question early is a <see cref="QueryException"/>. Thread-safe.
/// </summary>
public interface IEventStore : IEventSource
{
    /// <summary>A page of events, newest or oldest first, or in another order.</summary>
    ValueTask<EventPage> SearchAsync(SearchRequest request, CancellationToken cancellation);

    /// <summary>Which fields matching events have, the most frequent first.</summary>
    ValueTask<IReadOnlyList<FieldSummary>> FieldsAsync(FieldsRequest request, CancellationToken cancellation);

    /// <summary>All matching events in batches, in the order of their positions; each batch is disposed by the caller.</summary>
    IAsyncEnumerable<EventBatch> ScanAsync(ScanRequest request, CancellationToken cancellation);

    /// <summary>
    /// All matching events in batches, of one moment and about in the order in which they happened: the fastest way to see many. What stands then takes its room until the end, in memory
    /// and on disk.
    /// </summary>
    IAsyncEnumerable<SweptEvents> SweepAsync(SweepRequest request, CancellationToken cancellation);

    /// <summary>The event with this id, as a batch of one; null when the tenant has none.</summary>
    ValueTask<EventBatch?> FindAsync(TenantId tenant, Guid id, CancellationToken cancellation);
}
