using Picket.Events;
using Picket.Events.Batches;
using Picket.Query;

namespace Picket.Detection.Windows;

/// <summary>What windows read back when it is not in memory: they are no more than what is stored says.</summary>
public interface IEventHistory
{
    /// <summary>Stored events; each batch is disposed by the caller.</summary>
    /// <param name="tenant">Whose.</param>
    /// <param name="filter">Which.</param>
    /// <param name="time">When they happened, as their sender says.</param>
    IAsyncEnumerable<EventBatch> ReadAsync(TenantId tenant, Filter filter, TimeRange time, CancellationToken cancellation);

    /// <summary>The last event of the log that belongs to an alert which was closed; 0 where none of the fingerprint was.</summary>
    ValueTask<ulong> ClosedThroughAsync(TenantId tenant, string fingerprint, CancellationToken cancellation);
}
