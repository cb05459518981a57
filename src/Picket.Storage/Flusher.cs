using Microsoft.Extensions.Logging;
using Picket.Events.Batches;
using Picket.Storage.Files;
using Picket.Storage.Log;
using Picket.Storage.Memory;
using Picket.Storage.Segments;

namespace Picket.Storage;

/// <summary>The thread that writes sealed generations to segments, one after the other, and then lets go of the log behind them. What fails is tried again until it works.</summary>
internal sealed partial class Flusher : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly IStorageFiles files;
    private readonly GenerationChain chain;
    private readonly SegmentSet segments;
    private readonly Retention retention;
    private readonly LogCleaner cleaner;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly Action flushed;
    private readonly Func<bool> rollWhenIdle;
    private readonly SemaphoreSlim changed = new(0);
    private readonly WriterMemory memory = new();
    private readonly Thread thread;
    private volatile bool stopping;
    private long failures;

    /// <param name="rollWhenIdle">Called each second; seals a generation that has been left alone.</param>
    /// <param name="flushed">Called after each flush.</param>
    public Flusher(
        IStorageFiles files, GenerationChain chain, SegmentSet segments, Retention retention, LogCleaner cleaner, TimeProvider time, ILogger logger, Func<bool> rollWhenIdle, Action flushed)
    {
        (this.files, this.chain, this.segments, this.retention, this.cleaner, this.time, this.logger, this.rollWhenIdle, this.flushed) =
            (files, chain, segments, retention, cleaner, time, logger, rollWhenIdle, flushed);
        thread = new Thread(Run) { IsBackground = true, Name = "picket-flush" };
    }

    /// <summary>Flushes that failed and were or will be tried again.</summary>
    public long Failures => Interlocked.Read(ref failures);

    /// <summary>Files of the log that are kept for those who follow it alone.</summary>
    public int LogFilesKept => cleaner.Kept;

    public void Start() => thread.Start();

    /// <summary>A generation was sealed.</summary>
    public void Wake() => changed.Release();

    /// <summary>Flushes what waits, once each, and ends.</summary>
    public void Dispose()
    {
        stopping = true;
        changed.Release();
        if (thread.IsAlive)
        {
            thread.Join();
        }
        changed.Dispose();
        memory.Dispose();
    }

    private void Run()
    {
        while (true)
        {
            var ending = stopping;
            if (chain.Oldest is not { } oldest)
            {
                if (ending)
                {
                    return;
                }
                rollWhenIdle();
                if (cleaner.Kept > 0)
                {
                    LetGoOfLog();
                }
                changed.Wait(Patience);
            }
            else if (!TryFlush(oldest))
            {
                if (ending)
                {
                    return;
                }
                // The disk may have space again soon; until then nothing is lost, and writers wait.
                changed.Wait(Patience);
            }
        }
    }

    private bool TryFlush(Generation generation)
    {
        try
        {
            var start = time.GetTimestamp();
            var names = Flush.Write(files, generation, retention, memory, segments.NextNumber, segments.Discard);
            segments.Commit(names, [], generation.Last, generation.Notes, () => chain.Remove(generation));
            Log.Flushed(logger, generation.Events, names.Count, time.GetElapsedTime(start).TotalMilliseconds);
        }
        catch (Exception error)
        {
            // The top of this loop: the generation stays in memory and in the log, and is flushed again.
            Interlocked.Increment(ref failures);
            Log.FlushFailed(logger, error.Message);
            return false;
        }
        generation.Dispose();
        NativeArena.Trim();
        LetGoOfLog();
        flushed();
        return true;
    }

    private void LetGoOfLog()
    {
        try
        {
            cleaner.LetGo(segments.FlushedThrough);
        }
        catch (IOException error)
        {
            Log.LogKept(logger, error.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Flushed {Events} events to {Segments} segments in {Milliseconds:N0} ms")]
        public static partial void Flushed(ILogger logger, long events, int segments, double milliseconds);

        [LoggerMessage(2, LogLevel.Error, "Writing segments failed and will be tried again; nothing acknowledged is lost: {Reason}")]
        public static partial void FlushFailed(ILogger logger, string reason);

        [LoggerMessage(3, LogLevel.Warning, "Log files that are not needed any more could not be deleted; the next flush tries again: {Reason}")]
        public static partial void LogKept(ILogger logger, string reason);
    }
}
