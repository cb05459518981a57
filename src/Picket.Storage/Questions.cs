using System.Runtime.CompilerServices;
using Picket.Events;
using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Query.Aggregates;
using Picket.Query.Store;
using Picket.Storage.Memory;
using Picket.Storage.Scan;

namespace Picket.Storage;

/// <summary>
/// Answers questions over what stands at one moment, in memory and in segments, on threads of their own, within a bound of memory and of time. Thread-safe.
/// </summary>
internal sealed class Questions(SegmentSet segments, GenerationChain chain, uint log, StorageOptions options, TimeProvider time) : IDisposable
{
    public KnownAnswers Known { get; } = new(options.CacheBytes / Limits.AnswersOfCache);

    public AnswerMemory.Shared Answers { get; } = new(Query.Limits.AnswerBytes);

    public QueryWorkers Workers { get; } = new(Limits.QueryThreads);

    public ValueTask<EventPage> SearchAsync(SearchRequest request, CancellationToken cancellation) => AskAsync(
        request.Tenant,
        request.Counts,
        (snapshot, limit) =>
        {
            if (request.Order is not null)
            {
                using var sort = new SortScan(request, snapshot, log, new AnswerMemory(Answers), limit);
                return sort.Run();
            }
            var isExact = request.CountTo == long.MaxValue;
            using var scan = new PageScan(request, snapshot, log, new AnswerMemory(Answers), limit);
            var page = scan.Run(isExact ? 0 : request.CountTo);
            if (!isExact || page.TotalIsExact)
            {
                return page;
            }
            // Counting on is an aggregate, which knows much without looking.
            var count = new AggregateRequest(request.Tenant, request.Time, request.Filter, new Aggregation([], 0, [Metric.Count])) { Counts = request.Counts };
            var table = new AggregateScan(count, snapshot, Answers, Workers, limit).Run();
            return page with { Total = table.Rows.Sum(row => row.Count), TotalIsExact = true };
        },
        cancellation);

    public async IAsyncEnumerable<EventPage> ListAsync(SearchRequest request, [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (request.Order is { Keys: [var first, ..] } && first.Field.Equals(EventSchema.Ts))
        {
            // By time is the order of a page as it is.
            request = request with { Order = null, NewestFirst = first.IsDescending };
        }
        var left = request.Limit;
        while (left > 0)
        {
            var page = await SearchAsync(request with { Limit = Math.Min(left, request.Order is null ? Query.Limits.PageEvents : Query.Limits.TableRows) }, cancellation);
            var through = request.Offset + page.Batch.Count;
            var isLast = request.Order is null ? page.Next is null : page.Total <= through;
            left = isLast ? 0 : left - page.Batch.Count;
            request = request.Order is null ? request with { After = page.Next, Offset = 0 } : request with { Offset = through };
            yield return page;
        }
    }

    public ValueTask<AggregateTable> AggregateAsync(AggregateRequest request, CancellationToken cancellation) =>
        AskAsync(request.Tenant, request.Counts, (snapshot, limit) => new AggregateScan(request, snapshot, Answers, Workers, limit).Run(), cancellation);

    public ValueTask<IReadOnlyList<FieldSummary>> FieldsAsync(FieldsRequest request, CancellationToken cancellation) =>
        AskAsync(request.Tenant, request.Counts, (snapshot, limit) => new FieldScan(request, snapshot, limit).Run(), cancellation);

    public async IAsyncEnumerable<EventBatch> ScanAsync(ScanRequest request, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var end = chain.Last;
        for (var seq = request.After.Seq; seq < end;)
        {
            var from = seq;
            (var batch, seq) = await Workers.RunAsync(
                request.Tenant, () => Read(snapshot => SeqScan.Next(snapshot, request.Tenant, request.Time, request.Filter, from, end)), cancellation);
            yield return batch;
        }
    }

    public async IAsyncEnumerable<SweptEvents> SweepAsync(SweepRequest request, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var sweep = new SweepScan(request, Snapshot());
        while (await OrFailedAsync(Workers.RunAsync(request.Tenant, sweep.Next, cancellation)) is { } swept)
        {
            yield return swept;
        }
    }

    public ValueTask<EventBatch?> FindAsync(TenantId tenant, Guid id, CancellationToken cancellation) => AskAsync(
        tenant,
        new ScanCounts(),
        (snapshot, _) =>
        {
            if (!Events.EventId.TryRead(id, out var position, out var milliseconds) || position.Log != log || position.Seq == 0 || position.Seq > snapshot.Last)
            {
                return null;
            }
            var batch = SeqScan.Find(snapshot, tenant, position.Seq);
            if (batch is null || batch.Received[0] / Instant.PerMillisecond == milliseconds)
            {
                return batch;
            }
            batch.Dispose();
            return null;
        },
        cancellation);

    public void Dispose()
    {
        Workers.Dispose();
        Known.Dispose();
    }

    private async ValueTask<T> AskAsync<T>(TenantId tenant, ScanCounts counts, Func<StoreSnapshot, CancellationToken, T> answer, CancellationToken cancellation)
    {
        using var late = new CancellationTokenSource(options.QueryTimeLimit, time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation, late.Token);
        try
        {
            return await Workers.RunAsync(tenant, () => Read(snapshot => answer(snapshot, limit.Token)), limit.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new QueryException(QueryException.TimedOut, $"The query took longer than {options.QueryTimeLimit.TotalSeconds:N0} s and was ended: {counts}. Narrow its time or its filter.");
        }
        catch (Exception error) when (error is CorruptDataException or IOException)
        {
            throw new QueryException(QueryException.Failed, error.Message);
        }
    }

    private static async ValueTask<T> OrFailedAsync<T>(Task<T> asked)
    {
        try
        {
            return await asked;
        }
        catch (Exception error) when (error is CorruptDataException or IOException)
        {
            throw new QueryException(QueryException.Failed, error.Message);
        }
    }

    private T Read<T>(Func<StoreSnapshot, T> read)
    {
        using var snapshot = Snapshot();
        return read(snapshot);
    }

    /// <summary>What stands now.</summary>
    public StoreSnapshot Snapshot()
    {
        List<HeldBatch>? batches = null;
        var last = 0ul;
        // A flush moves events from memory to segments under the same lock, so none is seen twice or not at all.
        var held = segments.Share(() => batches = chain.Share(out last));
        return new StoreSnapshot(batches!, held, last, options.Retention, Instant.Now(time), Known);
    }
}
