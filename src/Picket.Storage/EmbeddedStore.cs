using Microsoft.Extensions.Logging;
using Picket.Events;
using Picket.Events.Batches;
using Picket.Events.Log;
using Picket.Query.Aggregates;
using Picket.Query.Store;
using Picket.Storage.Cache;
using Picket.Storage.Files;
using Picket.Storage.Log;
using Picket.Storage.Memory;
using Picket.Storage.Merging;

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
    private readonly PartCache<PartKey> cache;
    private readonly IdempotencyTable keys = new();
    private readonly Bookmarks bookmarks = new();
    private readonly SegmentSet segments;
    private readonly GenerationChain chain;
    private readonly CommitLoop commits;
    private readonly Flusher flusher;
    private readonly Merger merger;
    private readonly Questions questions;
    private readonly Followers followers;
    private readonly long bytesSetAside;
    private long failures;
    private readonly ManualResetEventSlim stopped = new();
    private long slowed;

    /// <exception cref="IOException">The folder cannot be read or written.</exception>
    /// <exception cref="CorruptDataException">The manifest is damaged; a damaged segment is set aside instead.</exception>
    public EmbeddedStore(IStorageFiles files, uint log, StorageOptions options, TimeProvider time, ILogger logger)
    {
        (this.files, this.log, this.options, this.time, this.logger) = (files, log, options, time, logger);
        cache = new PartCache<PartKey>(options.CacheBytes - (options.CacheBytes / Limits.AnswersOfCache));
        segments = new SegmentSet(files, cache, Remember, () => new RecordNotes([.. keys.ToList()], [.. bookmarks.All]), logger);
        chain = new GenerationChain(options.GenerationBytes, segments.Last, time);
        questions = new Questions(segments, chain, log, options, time);
        followers = new Followers(files, log, chain, questions.Snapshot, time);
        bytesSetAside = Recover();
        commits = new CommitLoop(files, log, options, time, new Sink(this), keys, bookmarks, chain.Last);
        merger = new Merger(files, segments, options, time, logger);
        flusher = new Flusher(files, chain, segments, options.Retention, new LogCleaner(files, options, () => followers.ReadThrough), time, logger, RollWhenIdle, merger.Wake);
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
                LogFilesKept = flusher.LogFilesKept,
                WaitingBytes = commits.WaitingBytes,
                CommitsSlowed = Interlocked.Read(ref slowed),
                KeysEvicted = keys.Evicted,
                Bookmarks = bookmarks.Count,
                CacheBytes = cache.Bytes + questions.Known.Bytes,
                CacheHits = cache.Hits,
                CacheMisses = cache.Misses,
                BlocksKnown = questions.Known.BlocksKnown,
                BlocksMatched = questions.Known.BlocksMatched,
                TablesKnown = questions.Known.TablesKnown,
                TablesMade = questions.Known.TablesMade,
                AnswerBytes = questions.Answers.InUse,
                AnswersRefused = questions.Answers.Refused,
                QueriesWaiting = questions.Workers.Waiting,
                QueriesRefused = questions.Workers.Refused,
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

    public IAsyncEnumerable<LogEntry> ReadAsync(LogPosition after, CancellationToken cancellation) => ReadAsync(after, ulong.MaxValue, cancellation);

    public IAsyncEnumerable<LogEntry> ReadAsync(LogPosition after, ulong through, CancellationToken cancellation) => after.Log == 0 || after.Log == log
        ? followers.FollowAsync(after.Seq, through, cancellation)
        : throw new InvalidOperationException($"The position {after} is of another log; this one is {log}.");

    public void KeepBehind(ulong seq) => followers.KeepBehind(seq);

    public ValueTask<EventPage> SearchAsync(SearchRequest request, CancellationToken cancellation) => questions.SearchAsync(request, cancellation);

    public IAsyncEnumerable<EventPage> ListAsync(SearchRequest request, CancellationToken cancellation) => questions.ListAsync(request, cancellation);

    public ValueTask<AggregateTable> AggregateAsync(AggregateRequest request, CancellationToken cancellation) => questions.AggregateAsync(request, cancellation);

    public ValueTask<IReadOnlyList<FieldSummary>> FieldsAsync(FieldsRequest request, CancellationToken cancellation) => questions.FieldsAsync(request, cancellation);

    public IAsyncEnumerable<EventBatch> ScanAsync(ScanRequest request, CancellationToken cancellation) => questions.ScanAsync(request, cancellation);

    public IAsyncEnumerable<SweptEvents> SweepAsync(SweepRequest request, CancellationToken cancellation) => questions.SweepAsync(request, cancellation);

    public ValueTask<EventBatch?> FindAsync(TenantId tenant, Guid id, CancellationToken cancellation) => questions.FindAsync(tenant, id, cancellation);

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
        questions.Dispose();
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
