using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Picket.Events;
using Picket.Events.Batches;
using Picket.Events.Log;
using Picket.Events.Schema;
using Picket.Query;
using Picket.Query.Aggregates;
using Picket.Query.Store;
using Picket.Storage.Cache;
using Picket.Storage.Files;
using Picket.Storage.Log;
using Picket.Storage.Memory;
using Picket.Storage.Merging;
using Picket.Storage.Scan;

namespace Picket.Storage;

/// <summary>
/// The embedded engine: the log and the store in one. Appends are durable when they return and can be found at once; what is in memory is flushed
/// to segments, and segments are merged, on threads of its own. Disposing it flushes and ends them. Thread-safe.
/// </summary>
public sealed partial class EmbeddedStore : IEventLog, IEventStore, IDisposable
{
    private readonly IStorageFiles files;
    private readonly StorageOptions options;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly uint log;
    private readonly PartCache cache;
    private readonly KnownFilters filters = new();
    private readonly IdempotencyTable keys = new();
    private readonly Bookmarks bookmarks = new();
    private readonly AnswerMemory.Shared answers = new(Query.Limits.AnswerBytes);
    private readonly SegmentSet segments;
    private readonly GenerationChain chain;
    private readonly CommitLoop commits;
    private readonly Flusher flusher;
    private readonly Merger merger;
    private readonly QueryWorkers workers = new(Limits.QueryThreads);
    private readonly long bytesSetAside;
    private long failures;
    private readonly ManualResetEventSlim stopped = new();
    private long slowed;

    /// <exception cref="IOException">The folder cannot be read or written.</exception>
    /// <exception cref="CorruptDataException">The manifest is damaged; a damaged segment is set aside instead.</exception>
    public EmbeddedStore(IStorageFiles files, uint log, StorageOptions options, TimeProvider time, ILogger logger)
    {
        (this.files, this.log, this.options, this.time, this.logger) = (files, log, options, time, logger);
        cache = new PartCache(options.CacheBytes);
        segments = new SegmentSet(files, cache, Remember, () => new RecordNotes([.. keys.ToList()], [.. bookmarks.All]), logger);
        chain = new GenerationChain(options.GenerationBytes, segments.Last, time);
        bytesSetAside = Recover();
        commits = new CommitLoop(files, log, options, time, new Sink(this), keys, bookmarks, chain.Last);
        merger = new Merger(files, segments, options, time, logger);
        flusher = new Flusher(files, chain, segments, options.Retention, time, logger, RollWhenIdle, merger.Wake);
        commits.Start();
        flusher.Start();
        if (options.MaintainInBackground)
        {
            merger.Start();
        }
    }

    public LogPosition Durable => new(log, chain.Last);

    /// <summary>Whether appends are taken: the disk has room.</summary>
    public bool IsWritable
    {
        get
        {
            try
            {
                return files.FreeBytes >= options.MinimumFreeBytes;
            }
            catch (IOException)
            {
                return false;
            }
        }
    }

    /// <summary>What the engine holds, for metrics and for people.</summary>
    public StorageStatistics Statistics
    {
        get
        {
            var standing = segments.ToArray();
            return new StorageStatistics
            {
                LastSeq = chain.Last,
                Segments = standing.Length,
                SmallSegments = standing.Count(MergePlan.IsSmall),
                SegmentBytes = standing.Sum(segment => segment.Bytes),
                MetadataBytes = standing.Sum(segment => segment.OpenBytes),
                MemoryBytes = chain.Bytes,
                GenerationsWaiting = chain.Waiting,
                WaitingBytes = commits.WaitingBytes,
                CommitsSlowed = Interlocked.Read(ref slowed),
                KeysEvicted = keys.Evicted,
                Bookmarks = bookmarks.Count,
                CacheBytes = cache.Bytes,
                CacheHits = cache.Hits,
                CacheMisses = cache.Misses,
                AnswersKnown = filters.Hits,
                AnswersNew = filters.Misses,
                AnswerBytes = answers.InUse,
                AnswersRefused = answers.Refused,
                QueriesWaiting = workers.Waiting,
                QueriesRefused = workers.Refused,
                Merges = merger.Merges,
                MergeFailures = merger.Failures,
                SegmentsExpired = merger.Expired,
                SegmentsDamaged = segments.Damaged,
                BytesSetAside = bytesSetAside,
                WriteFailures = Interlocked.Read(ref failures) + flusher.Failures,
            };
        }
    }

    public async ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellation) =>
        await commits.AppendAsync(request, cancellation);

    public Bookmark? FindBookmark(TenantId tenant, string source) => bookmarks.Find(tenant, source);

    public async IAsyncEnumerable<LogEntry> ReadAsync(LogPosition after, [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (after.Log != 0 && after.Log != log)
        {
            throw new InvalidOperationException($"The position {after} is of another log; this one is {log}.");
        }
        for (var seq = after.Seq; ;)
        {
            await chain.WaitPast(seq).WaitAsync(cancellation);
            var from = seq;
            // Not on the threads of questions: who follows the log waits for none of them.
            (var batch, seq) = await Task.Run(() => Read(snapshot => SeqScan.Next(snapshot, null, TimeRange.All, Filter.Everything, from, ulong.MaxValue)), cancellation);
            if (batch.Count > 0)
            {
                yield return new LogEntry(new LogPosition(log, batch.Seqs[0]), batch);
            }
            else
            {
                batch.Dispose();
            }
        }
    }

    public ValueTask<EventPage> SearchAsync(SearchRequest request, CancellationToken cancellation) => AskAsync(
        request.Tenant,
        request.Counts,
        (snapshot, limit) =>
        {
            if (request.Order is not null)
            {
                using var sort = new SortScan(request, snapshot, log, new AnswerMemory(answers), limit);
                return sort.Run();
            }
            var isExact = request.CountTo == long.MaxValue;
            using var scan = new PageScan(request, snapshot, log, new AnswerMemory(answers), limit);
            var page = scan.Run(isExact ? 0 : request.CountTo);
            if (!isExact || page.TotalIsExact)
            {
                return page;
            }
            // Counting on is an aggregate, which knows much without looking.
            var count = new AggregateRequest(request.Tenant, request.Time, request.Filter, new Aggregation([], 0, [Metric.Count])) { Counts = request.Counts };
            var table = new AggregateScan(count, snapshot, answers, workers, limit).Run();
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
        AskAsync(request.Tenant, request.Counts, (snapshot, limit) => new AggregateScan(request, snapshot, answers, workers, limit).Run(), cancellation);

    public ValueTask<IReadOnlyList<FieldSummary>> FieldsAsync(FieldsRequest request, CancellationToken cancellation) =>
        AskAsync(request.Tenant, request.Counts, (snapshot, limit) => new FieldScan(request, snapshot, limit).Run(), cancellation);

    public async IAsyncEnumerable<EventBatch> ScanAsync(ScanRequest request, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var end = chain.Last;
        for (var seq = request.After.Seq; seq < end;)
        {
            var from = seq;
            (var batch, seq) = await workers.RunAsync(
                request.Tenant, () => Read(snapshot => SeqScan.Next(snapshot, request.Tenant, request.Time, request.Filter, from, end)), cancellation);
            yield return batch;
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
            var (batch, _) = SeqScan.Next(snapshot, tenant, TimeRange.All, Filter.Everything, position.Seq - 1, position.Seq);
            if (batch.Count == 1 && batch.Received[0] / Instant.PerMillisecond == milliseconds)
            {
                return batch;
            }
            batch.Dispose();
            return null;
        },
        cancellation);

    /// <summary>Flushes what is in memory to segments and waits for it.</summary>
    public async Task FlushAsync(CancellationToken cancellation)
    {
        commits.AskRoll();
        while (!chain.IsEmpty)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), time, cancellation);
            commits.AskRoll();
        }
    }

    /// <summary>Merges and drops all segments that are due, on the calling thread.</summary>
    /// <exception cref="IOException">A segment could not be written or read; everything stands as it did.</exception>
    /// <exception cref="CorruptDataException">A segment is damaged; everything stands as it did.</exception>
    public void Maintain() => merger.Settle();

    public void Dispose()
    {
        stopped.Set();
        chain.Stop();
        commits.Dispose();
        chain.Seal();
        flusher.Dispose();
        merger.Dispose();
        workers.Dispose();
        chain.Dispose();
        segments.Dispose();
        cache.Dispose();
        stopped.Dispose();
    }

    private void Remember(RecordNotes notes)
    {
        notes.Keys.ForEach(keys.Add);
        notes.Marks.ForEach(bookmarks.Set);
    }

    // Bytes set aside.
    private long Recover()
    {
        var recovery = new LogRecovery(files, log, message => Log.SetAside(logger, message));
        var before = chain.Last;
        recovery.Read(before, (batch, notes) =>
        {
            Remember(notes);
            chain.AddRecovered(batch, notes);
        });
        Log.Recovered(logger, segments.ToArray().Length, before, chain.Last - before);
        chain.Seal();
        return recovery.BytesSetAside;
    }

    private bool RollWhenIdle()
    {
        if (!chain.IsIdleFor(options.IdleFlush))
        {
            return false;
        }
        commits.AskRoll();
        return true;
    }

    private async ValueTask<T> AskAsync<T>(TenantId tenant, ScanCounts counts, Func<StoreSnapshot, CancellationToken, T> answer, CancellationToken cancellation)
    {
        using var late = new CancellationTokenSource(options.QueryTimeLimit, time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation, late.Token);
        try
        {
            return await workers.RunAsync(tenant, () => Read(snapshot => answer(snapshot, limit.Token)), limit.Token);
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

    private T Read<T>(Func<StoreSnapshot, T> read)
    {
        List<HeldBatch>? batches = null;
        var last = 0ul;
        // A flush moves events from memory to segments under the same lock, so none is seen twice or not at all.
        var held = segments.Share(() => batches = chain.Share(out last));
        using var snapshot = new StoreSnapshot(batches!, held, last, options.Retention, Instant.Now(time), filters);
        return read(snapshot);
    }

    private sealed class Sink(EmbeddedStore store) : ICommitSink
    {
        private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(100);

        public bool WantsRoll => store.chain.WantsRoll;

        public bool WaitForRoom(TimeSpan patience)
        {
            var small = store.segments.Small;
            if (small > Limits.SmallSegmentsSlow)
            {
                Interlocked.Increment(ref store.slowed);
                store.stopped.Wait(Breath);
            }
            return small <= Limits.SmallSegmentsRefused && store.chain.WaitForRoom(patience);
        }

        public void Committed(EventBatch batch, RecordNotes notes) => store.chain.Add(batch, notes);

        public bool Seal()
        {
            var sealedOne = store.chain.Seal();
            if (sealedOne)
            {
                store.flusher.Wake();
            }
            return sealedOne;
        }

        public void Failed(string file, Exception error)
        {
            Interlocked.Increment(ref store.failures);
            Log.WriteFailed(store.logger, file, error.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Opened {Segments} segments with events up to number {Last}, and read {Replayed} more from the log")]
        public static partial void Recovered(ILogger logger, int segments, ulong last, ulong replayed);

        [LoggerMessage(2, LogLevel.Error, "{Message}")]
        public static partial void SetAside(ILogger logger, string message);

        [LoggerMessage(3, LogLevel.Error, "Writing the log file {File} failed; it is given up and the next append begins a new one. Those waiting were refused: {Reason}")]
        public static partial void WriteFailed(ILogger logger, string file, string reason);
    }
}
