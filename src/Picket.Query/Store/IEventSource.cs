using Picket.Query.Aggregates;

namespace Picket.Query.Store;

/// <summary>What a query with its pipes can be run over: a store, or events that are read as they come.</summary>
public interface IEventSource
{
    /// <summary>Matching events in the order asked for, or in the source's own where no other is, page by page up to <see cref="SearchRequest.Limit"/> in all; each page is disposed by the caller.</summary>
    IAsyncEnumerable<EventPage> ListAsync(SearchRequest request, CancellationToken cancellation);

    /// <summary>Counts and measures, grouped.</summary>
    ValueTask<AggregateTable> AggregateAsync(AggregateRequest request, CancellationToken cancellation);
}
