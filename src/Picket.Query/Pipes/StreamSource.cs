using System.Runtime.CompilerServices;
using Picket.Events.Batches;
using Picket.Query.Aggregates;
using Picket.Query.Sorting;
using Picket.Query.Store;

namespace Picket.Query.Pipes;

/// <summary>Answers one query over events that are read as they come, in their order where no other is asked for. The tenant asked for does not matter.</summary>
/// <param name="read">Gives the events; each batch is disposed here.</param>
public sealed class StreamSource(Func<CancellationToken, IAsyncEnumerable<EventBatch>> read) : IEventSource
{
    // How many times what is asked for is kept of sorted events before the best of them are copied out.
    private const int Slack = 4;

    public async IAsyncEnumerable<EventPage> ListAsync(SearchRequest request, [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (request.Order is { } order)
        {
            yield return PageOf(await SortAsync(request, order, cancellation));
            yield break;
        }
        var left = request.Limit;
        await foreach (var (batch, rows) in MatchAsync(request.Filter, request.Time, cancellation))
        {
            var places = Rows(rows).Take(left).Select(row => new RowRef(0, row)).ToArray();
            left -= places.Length;
            yield return PageOf(Copy([batch], places));
            if (left == 0)
            {
                yield break;
            }
        }
    }

    public async ValueTask<AggregateTable> AggregateAsync(AggregateRequest request, CancellationToken cancellation)
    {
        using var memory = new AnswerMemory(new AnswerMemory.Shared(Limits.AnswerBytes));
        var groups = new GroupTable(request.Aggregation, memory);
        await foreach (var (batch, rows) in MatchAsync(request.Filter, request.Time, cancellation))
        {
            groups.Add(batch, rows);
        }
        return groups.ToTable();
    }

    private async Task<EventBatch> SortAsync(SearchRequest request, SortOrder order, CancellationToken cancellation)
    {
        var kept = new List<EventBatch>();
        try
        {
            await foreach (var (batch, rows) in MatchAsync(request.Filter, request.Time, cancellation))
            {
                kept.Add(Copy([batch], [.. Rows(rows).Select(row => new RowRef(0, row))]));
                if (kept.Sum(part => part.Count) > Slack * (long)request.Limit)
                {
                    var best = Best(kept, order, request.Limit);
                    kept.ForEach(part => part.Dispose());
                    kept = [best];
                }
            }
            return Best(kept, order, request.Limit);
        }
        finally
        {
            kept.ForEach(part => part.Dispose());
        }
    }

    private static EventBatch Best(List<EventBatch> parts, SortOrder order, int most)
    {
        var rows = parts.SelectMany((part, number) => Enumerable.Range(0, part.Count).Select(row => (At: new RowRef(number, row), Values: order.Read(part[row]))));
        return Copy(parts, [.. rows.Order(Comparer<(RowRef At, SortValue[] Values)>.Create((a, b) => order.Compare(a.Values, b.Values))).Take(most).Select(row => row.At)]);
    }

    // The batch is disposed when the next is asked for.
    private async IAsyncEnumerable<(EventBatch Batch, RowSet Rows)> MatchAsync(Filter filter, TimeRange time, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var (matcher, rows) = (new Matcher(filter), new RowSet());
        await foreach (var batch in read(cancellation))
        {
            using (batch)
            {
                matcher.Match(batch, rows);
                foreach (var row in Rows(rows).Where(row => !time.Contains(batch.Times[row])).ToArray())
                {
                    rows.Remove(row);
                }
                yield return (batch, rows);
            }
        }
    }

    private static IEnumerable<int> Rows(RowSet rows)
    {
        for (var row = rows.Next(0); row >= 0; row = rows.Next(row + 1))
        {
            yield return row;
        }
    }

    private static EventBatch Copy(List<EventBatch> parts, RowRef[] rows)
    {
        using var builder = new EventBatchBuilder();
        builder.AddRows(parts, rows);
        return builder.Seal();
    }

    private static EventPage PageOf(EventBatch batch) => new(batch, 0, batch.Count, TotalIsExact: false, Next: null);
}
