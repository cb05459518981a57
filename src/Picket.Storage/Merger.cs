using Microsoft.Extensions.Logging;
using Picket.Events;
using Picket.Storage.Files;
using Picket.Storage.Log;
using Picket.Storage.Merging;
using Picket.Storage.Segments;

namespace Picket.Storage;

/// <summary>
/// The thread that keeps segments few and young: merges small ones, takes mixed days apart, drops those whose events have all expired. One thing at a time, so its
/// share of the processor, of memory and of open files is bounded. What fails is tried again a minute later.
/// </summary>
internal sealed partial class Merger : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly IStorageFiles files;
    private readonly SegmentSet segments;
    private readonly StorageOptions options;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly SemaphoreSlim changed = new(0);
    private readonly CancellationTokenSource stopping = new();
    private readonly HashSet<string> leftAlone = [];
    private readonly Lock working = new();
    private readonly WriterMemory memory = new();
    private readonly Thread thread;
    private long merges;
    private long failures;
    private long expired;

    public Merger(IStorageFiles files, SegmentSet segments, StorageOptions options, TimeProvider time, ILogger logger)
    {
        (this.files, this.segments, this.options, this.time, this.logger) = (files, segments, options, time, logger);
        thread = new Thread(Run) { IsBackground = true, Name = "picket-merge", Priority = ThreadPriority.BelowNormal };
    }

    public long Merges => Interlocked.Read(ref merges);

    /// <summary>Merges that failed and were or will be tried again.</summary>
    public long Failures => Interlocked.Read(ref failures);

    /// <summary>Segments dropped because all their events had expired.</summary>
    public long Expired => Interlocked.Read(ref expired);

    public void Start() => thread.Start();

    /// <summary>Segments have changed.</summary>
    public void Wake() => changed.Release();

    /// <summary>Does all there is to do now, on this thread.</summary>
    public void Settle()
    {
        lock (working)
        {
            while (TryWork())
            {
            }
        }
    }

    public void Dispose()
    {
        stopping.Cancel();
        if (thread.IsAlive)
        {
            thread.Join();
        }
        changed.Dispose();
        stopping.Dispose();
        memory.Dispose();
    }

    private void Run()
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                Settle();
                changed.Wait(Patience, stopping.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception error)
            {
                // The top of this loop: everything stands as it did.
                Interlocked.Increment(ref failures);
                Log.MergeFailed(logger, error.Message);
                if (stopping.Token.WaitHandle.WaitOne(Patience))
                {
                    return;
                }
            }
        }
    }

    // One piece of work; false when there is none.
    private bool TryWork()
    {
        stopping.Token.ThrowIfCancellationRequested();
        var held = segments.Share(() => { });
        try
        {
            var now = Instant.Now(time);
            return DropExpired(held, now) || TakeApart(held) || MergeSome(held, now);
        }
        finally
        {
            held.ForEach(segment => segment.Dispose());
        }
    }

    private bool DropExpired(List<Segment> held, long now)
    {
        var gone = held.Where(segment => IsExpired(segment, now)).ToArray();
        if (gone.Length == 0)
        {
            return false;
        }
        var events = gone.Sum(segment => segment.Bounds.Rows);
        segments.Commit([], gone, 0, new RecordNotes(), () => { });
        Interlocked.Add(ref expired, gone.Length);
        Log.Dropped(logger, gone.Length, events);
        return true;
    }

    private bool IsExpired(Segment segment, long now) =>
        segment.Bounds.LastKept < options.Retention.LatestCutOff(now)
        && segment.Directory().Tenants.All(tenant => segment.Bounds.LastKept < options.Retention.CutOff(new TenantId(tenant), now));

    private bool TakeApart(List<Segment> held)
    {
        foreach (var mixed in held.Where(segment => segment.Kind.Day == SegmentKind.MixedDay && !leftAlone.Contains(segment.Name)))
        {
            var days = Split.Days(mixed);
            if (days.Count == 0 || !HasRoom(mixed.Bytes))
            {
                leftAlone.Add(mixed.Name);
                continue;
            }
            var names = Split.Write(files, mixed, days, memory, segments.NextNumber, stopping.Token);
            segments.Commit(names, [mixed], 0, new RecordNotes(), () => { });
            Log.TakenApart(logger, mixed.Bounds.Rows, days.Count);
            return true;
        }
        return false;
    }

    private bool MergeSome(List<Segment> held, long now)
    {
        var inputs = MergePlan.Next(held, (int)(now / Instant.PerDay));
        var bytes = inputs.Sum(segment => segment.Bytes);
        if (inputs.Count == 0 || !HasRoom(bytes))
        {
            return false;
        }
        var start = time.GetTimestamp();
        var kind = inputs[0].Kind with { Level = inputs.Max(segment => segment.Kind.Level) + 1 };
        var name = kind.FileName(segments.NextNumber());
        long rewritten;
        using (var writer = new SegmentWriter(files, name, kind, memory))
        {
            var merge = new Merge(inputs, writer, stopping.Token);
            merge.Run();
            rewritten = merge.Rewritten;
        }
        segments.Commit([name], inputs, 0, new RecordNotes(), () => { });
        Interlocked.Increment(ref merges);
        Log.Merged(logger, inputs.Count, inputs.Sum(segment => segment.Bounds.Rows), rewritten, time.GetElapsedTime(start).TotalMilliseconds);
        return true;
    }

    // A merge must not be what fills the disk.
    private bool HasRoom(long bytes) => files.FreeBytes - bytes >= options.MinimumFreeBytes;

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Merged {Segments} segments with {Events} events into one, {Rewritten} of them written anew, in {Milliseconds:N0} ms")]
        public static partial void Merged(ILogger logger, int segments, long events, long rewritten, double milliseconds);

        [LoggerMessage(2, LogLevel.Error, "Merging segments failed and will be tried again; everything is as it was before: {Reason}")]
        public static partial void MergeFailed(ILogger logger, string reason);

        [LoggerMessage(3, LogLevel.Information, "Dropped {Segments} segments whose {Events} events had all expired")]
        public static partial void Dropped(ILogger logger, int segments, long events);

        [LoggerMessage(4, LogLevel.Information, "Took {Days} days out of a segment of mixed days with {Events} events")]
        public static partial void TakenApart(ILogger logger, long events, int days);
    }
}
