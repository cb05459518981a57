using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Picket.Events;
using Picket.Events.Batches;
using Picket.Events.Log;
using Picket.Query;
using Picket.Query.Aggregates;
using Picket.Query.Store;
using Picket.Storage.Files;
using Picket.Storage.Log;
using Picket.Storage.Manifest;
using Picket.Storage.Memory;
using Picket.Storage.Scan;
using Picket.Storage.Segments;

namespace Picket.Storage;

/// <summary>
/// The embedded engine: the log and the store in one. Appends are durable when they return and can be found at once; what is in memory is flushed
/// to segments on a thread of its own. Disposing it flushes and ends its threads. Thread-safe.
/// </summary>
public sealed partial class EmbeddedStore : IEventLog, IEventStore, IDisposable
{
    private readonly IStorageFiles files;
    private readonly StorageOptions options;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly uint log;
    private readonly object gate = new(); // Not a Lock: the commit loop waits on it while too many generations are to be flushed.
    private readonly ManifestFile manifest;
    private readonly List<Segment> segments = [];
    private readonly List<Generation> waiting = [];
    private readonly IdempotencyTable keys = new();
    private readonly CommitLoop commits;
    private readonly QueryWorkers workers = new(Limits.QueryThreads);
    private readonly Thread flusher;
    private readonly SemaphoreSlim changed = new(0);
    private Generation active = new();
    private ulong last;
    private long lastAppend;
    private bool stopping;
    private TaskCompletionSource appended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <exception cref="IOException">The folder cannot be read or written.</exception>
    /// <exception cref="CorruptDataException">The manifest is damaged; a damaged segment is set aside instead.</exception>
    public EmbeddedStore(IStorageFiles files, uint log, StorageOptions options, TimeProvider time, ILogger logger)
    {
        (this.files, this.log, this.options, this.time, this.logger) = (files, log, options, time, logger);
        manifest = new ManifestFile(files, edit =>
        {
            foreach (var key in edit.Keys)
            {
                keys.Add(key);
            }
        });
        OpenSegments();
        Recover();
        lastAppend = Instant.Now(time);
        commits = new CommitLoop(files, log, options, time, new Sink(this), keys, last);
        commits.Start();
        flusher = new Thread(FlushLoop) { IsBackground = true, Name = "picket-flush" };
        flusher.Start();
    }

    public LogPosition Durable
    {
        get
        {
            lock (gate)
            {
                return new LogPosition(log, last);
            }
        }
    }

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
            lock (gate)
            {
                return new StorageStatistics(
                    last, segments.Count, segments.Sum(segment => segment.Bytes), active.Bytes + waiting.Sum(generation => generation.Bytes),
                    commits.WaitingBytes, keys.Evicted, bytesSetAside, failures);
            }
        }
    }

    public async ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellation) =>
        await commits.AppendAsync(request, cancellation);

    public async IAsyncEnumerable<LogEntry> ReadAsync(LogPosition after, [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (after.Log != 0 && after.Log != log)
        {
            throw new InvalidOperationException($"The position {after} is of another log; this one is {log}.");
        }
        var seq = after.Seq;
        while (true)
        {
            Task more;
            lock (gate)
            {
                more = last > seq ? Task.CompletedTask : appended.Task;
            }
            await more.WaitAsync(cancellation);
            var from = seq;
            var (batch, through) = await workers.RunAsync(() => Read(snapshot => SeqScan.Next(snapshot, null, TimeRange.All, Filter.Everything, from)), cancellation);
            seq = through;
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

    public ValueTask<EventPage> SearchAsync(SearchRequest request, CancellationToken cancellation) =>
        AskAsync((snapshot, limit) => new PageScan(request, snapshot, log, limit).Run(), cancellation);

    public ValueTask<AggregateTable> AggregateAsync(AggregateRequest request, CancellationToken cancellation) =>
        AskAsync((snapshot, limit) =>
        {
            var table = new GroupTable(request.Aggregation);
            var matcher = new Matcher(request.Filter);
            var rows = new RowSet();
            foreach (var unit in ScanUnit.Plan(snapshot, request.Tenant, request.Time, request.Filter.Need))
            {
                limit.ThrowIfCancellationRequested();
                using var batch = unit.Open();
                matcher.Match(batch, rows);
                RowMask.Apply(batch, rows, request.Tenant, request.Time, snapshot.Last);
                table.Add(batch, rows);
            }
            return table.ToTable();
        }, cancellation);

    public async IAsyncEnumerable<EventBatch> ScanAsync(ScanRequest request, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var end = Durable.Seq;
        for (var seq = request.After.Seq; seq < end;)
        {
            var from = seq;
            (var batch, seq) = await workers.RunAsync(
                () => Read(snapshot => SeqScan.Next(snapshot, request.Tenant, request.Time, request.Filter, from)), cancellation);
            yield return batch;
        }
    }

    public ValueTask<EventBatch?> FindAsync(TenantId tenant, Guid id, CancellationToken cancellation) =>
        AskAsync((snapshot, _) =>
        {
            if (!Events.EventId.TryRead(id, out var position, out var milliseconds) || position.Log != log || position.Seq > snapshot.Last)
            {
                return null;
            }
            var (batch, _) = SeqScan.Next(new StoreSnapshot([.. snapshot.Batches], [.. snapshot.Segments], position.Seq), tenant, TimeRange.All, Filter.Everything, position.Seq - 1);
            if (batch.Count == 1 && batch.Received[0] / Instant.PerMillisecond == milliseconds)
            {
                return batch;
            }
            batch.Dispose();
            return null;
        }, cancellation);

    /// <summary>Flushes what is in memory to segments and waits for it.</summary>
    public async Task FlushAsync(CancellationToken cancellation)
    {
        commits.AskRoll();
        while (true)
        {
            lock (gate)
            {
                if (active.IsEmpty && waiting.Count == 0)
                {
                    return;
                }
            }
            await Task.Delay(TimeSpan.FromMilliseconds(5), time, cancellation);
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            stopping = true;
            Monitor.PulseAll(gate);
        }
        commits.Dispose();
        Seal();
        changed.Release();
        flusher.Join();
        while (waiting.Count > 0 && TryFlush(waiting[0]))
        {
            // What was sealed after the flusher had ended.
        }
        workers.Dispose();
        lock (gate)
        {
            active.Dispose();
            waiting.ForEach(generation => generation.Dispose());
            segments.ForEach(segment => segment.Dispose());
        }
        manifest.Dispose();
        changed.Dispose();
    }

    private async ValueTask<T> AskAsync<T>(Func<StoreSnapshot, CancellationToken, T> answer, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(options.QueryTimeLimit);
        try
        {
            return await workers.RunAsync(() => Read(snapshot => answer(snapshot, limit.Token)), limit.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new QueryException(QueryException.TimedOut, $"The query took longer than {options.QueryTimeLimit.TotalSeconds:N0} s and was ended. Narrow its time or its filter.");
        }
        catch (CorruptDataException error)
        {
            throw new QueryException(QueryException.Failed, error.Message);
        }
    }

    private T Read<T>(Func<StoreSnapshot, T> read)
    {
        using var snapshot = TakeSnapshot();
        return read(snapshot);
    }

    private StoreSnapshot TakeSnapshot()
    {
        lock (gate)
        {
            var batches = new List<EventBatch>();
            foreach (var generation in waiting.Append(active))
            {
                batches.AddRange(generation.Share());
            }
            return new StoreSnapshot(batches, [.. segments.Where(segment => segment.TryHold())], last);
        }
    }
}
