using Picket.Events;
using Picket.Query.Aggregates;
using Picket.Query.Language;
using Picket.Query.Store;

namespace Picket.Query.Pipes;

/// <summary>
/// Runs a query with its pipes: the source finds, sorts and groups; what stands behind its first groups, or behind a <c>head</c>, is done here over the few rows that are left.
/// </summary>
public static class QueryRun
{
    /// <param name="counts">Told what it took; of events that are listed, when they have been read.</param>
    /// <exception cref="QueryException">It cannot be answered.</exception>
    public static async Task<Answer> RunAsync(IEventSource source, TenantId tenant, ParsedQuery query, CancellationToken cancellation, ScanCounts? counts = null)
    {
        counts ??= new ScanCounts();
        var stage = EventStage.Of(query);
        if (stage.Rest is [Grouping first, .. var after] && stage.Most is null)
        {
            var groups = await source.AggregateAsync(new AggregateRequest(tenant, query.Time, stage.Filter, first.Aggregation) { Counts = counts }, cancellation);
            return new Answer.OfRows(Apply(first.ToTable(groups), after));
        }
        var request = RequestOf(tenant, query.Time, stage) with { Counts = counts };
        if (stage.Rest.Length == 0)
        {
            return new Answer.OfEvents(source.ListAsync(request, cancellation), stage.Fields);
        }
        var rows = await EventTable.ReadAsync(source.ListAsync(request, cancellation), stage.Fields);
        return new Answer.OfRows(Apply(rows, stage.Rest));
    }

    // Without a limit of its own, an order keeps as many as a table holds.
    private static SearchRequest RequestOf(TenantId tenant, TimeRange time, EventStage stage) =>
        new(tenant, time, stage.Filter) { Order = stage.Order, Limit = stage.Most ?? (stage.Order is null ? int.MaxValue : Limits.TableRows), CountTo = 0 };

    private static Table Apply(Table table, IReadOnlyList<Pipe> pipes)
    {
        using var memory = new AnswerMemory(new AnswerMemory.Shared(Limits.AnswerBytes));
        return pipes.Aggregate(table, (rows, pipe) => rows.Apply(pipe, memory));
    }
}
