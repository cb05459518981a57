using Picket.Events.Schema;
using Picket.Query.Store;

namespace Picket.Query.Pipes;

/// <summary>What a query gives: events as they are, or a table.</summary>
public abstract record Answer
{
    private Answer()
    {
    }

    /// <param name="Pages">To be read once; each page is disposed by its reader.</param>
    /// <param name="Fields">Which of their fields; null for all.</param>
    public sealed record OfEvents(IAsyncEnumerable<EventPage> Pages, IReadOnlyList<Field>? Fields) : Answer;

    public sealed record OfRows(Table Table) : Answer;
}
