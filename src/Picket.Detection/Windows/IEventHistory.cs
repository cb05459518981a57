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
    /// <param name="before">Only those numbered before this.</param>
    IAsyncEnumerable<EventBatch> ReadAsync(TenantId tenant, Filter filter, TimeRange time, ulong before, CancellationToken cancellation);

    /// <summary>Of each alert that was closed and has events from a time on: the last event of the log that belongs to it. Of several of a fingerprint the last.</summary>
    /// <param name="from">ns since 1970.</param>
    ValueTask<IReadOnlyDictionary<string, ulong>> ClosedThroughAsync(TenantId tenant, long from, CancellationToken cancellation);
}
