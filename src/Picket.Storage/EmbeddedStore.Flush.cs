using Microsoft.Extensions.Logging;
using Picket.Events;
using Picket.Events.Batches;
using Picket.Storage.Log;
using Picket.Storage.Manifest;
using Picket.Storage.Memory;
using Picket.Storage.Segments;

namespace Picket.Storage;

/// <summary>What happens behind the answers: recovery at start, commits into memory, and the flush of generations to segments.</summary>
public sealed partial class EmbeddedStore
{
    private long bytesSetAside;
    private long failures;

    private void OpenSegments()
    {
        foreach (var name in manifest.Segments)
        {
            try
            {
                segments.Add(Segment.Open(files, name));
            }
            catch (Exception error) when (error is CorruptDataException or IOException)
            {
                Interlocked.Increment(ref failures);
                Log.SegmentDamaged(logger, name, error.Message);
            }
        }
        foreach (var stray in files.List(Flush.Folder).Except(manifest.Segments))
        {
            files.Delete(stray);
        }
        last = Math.Max(manifest.FlushedThrough, segments.SelectMany(segment => segment.Blocks).Select(block => block.LastSeq).DefaultIfEmpty().Max());
    }

    private void Recover()
    {
        var recovery = new LogRecovery(files, log, message => Log.SetAside(logger, message));
        var before = last;
        last = recovery.Read(manifest.FlushedThrough, (batch, batchKeys) =>
        {
            foreach (var key in batchKeys)
            {
                keys.Add(key);
            }
            active.Add(batch, batchKeys);
        });
        bytesSetAside = recovery.BytesSetAside;
        Log.Recovered(logger, segments.Count, before, last - before);
        Seal();
    }

    // Called by the commit loop, at start, and at the end.
    private bool Seal()
    {
        lock (gate)
        {
            if (active.IsEmpty)
            {
                return false;
            }
            waiting.Add(active);
            active = new Generation();
        }
        changed.Release();
        return true;
    }

    private void FlushLoop()
    {
        while (true)
        {
            Generation? oldest;
            bool idle;
            bool ending;
            lock (gate)
            {
                ending = stopping;
                oldest = waiting.FirstOrDefault();
                idle = !active.IsEmpty && Instant.Now(time) - lastAppend > options.IdleFlush.Ticks * 100;
            }
            if (oldest is null)
            {
                if (ending)
                {
                    return;
                }
                if (idle)
                {
                    commits.AskRoll();
                }
                changed.Wait(TimeSpan.FromSeconds(1));
                continue;
            }
            if (!TryFlush(oldest))
            {
                if (ending)
                {
                    return;
                }
                // The disk may have space again soon; until then nothing is lost, and writers wait.
                changed.Wait(TimeSpan.FromSeconds(1));
            }
        }
    }

    private bool TryFlush(Generation generation)
    {
        var names = new List<string>();
        var opened = new List<Segment>();
        try
        {
            var start = time.GetTimestamp();
            foreach (var stray in files.List(Flush.Folder).Except(manifest.Segments))
            {
                files.Delete(stray);
            }
            names = Flush.Write(files, generation);
            opened.AddRange(names.Select(name => Segment.Open(files, name)));
            manifest.Append(new ManifestEdit(names, [], Math.Max(generation.Last, manifest.FlushedThrough), generation.Keys), keys.ToList);
            Log.Flushed(logger, generation.Events, names.Count, time.GetElapsedTime(start).TotalMilliseconds);
        }
        catch (Exception error)
        {
            // The top of this loop: the generation stays in memory and in the log, and is flushed again.
            Interlocked.Increment(ref failures);
            opened.ForEach(segment => segment.Dispose());
            Log.FlushFailed(logger, error.Message);
            return false;
        }
        lock (gate)
        {
            segments.AddRange(opened);
            waiting.Remove(generation);
            Monitor.PulseAll(gate);
        }
        generation.Dispose();
        DeleteOldLogFiles();
        return true;
    }

    private void DeleteOldLogFiles()
    {
        var names = files.List(LogFileName.Folder).Select(path => LogFileName.TryParse(path, out var name) ? name : (LogFileName?)null)
            .OfType<LogFileName>().Order().ToArray();
        // A file's events end where the next one's begin; the last may still be written.
        for (var i = 0; i + 1 < names.Length && names[i + 1].First <= manifest.FlushedThrough + 1; i++)
        {
            try
            {
                files.Delete(names[i].ToString());
            }
            catch (IOException error)
            {
                Log.FlushFailed(logger, error.Message);
                return;
            }
        }
    }

    private sealed class Sink(EmbeddedStore store) : ICommitSink
    {
        public bool WantsRoll => store.active.Bytes > store.options.GenerationBytes;

        public bool WaitForRoom(TimeSpan patience)
        {
            lock (store.gate)
            {
                return store.waiting.Count <= Limits.WaitingGenerations || store.stopping
                    || (Monitor.Wait(store.gate, patience) && store.waiting.Count <= Limits.WaitingGenerations);
            }
        }

        public void Committed(EventBatch batch, IReadOnlyList<KeyEntry> keys)
        {
            TaskCompletionSource waiters;
            lock (store.gate)
            {
                store.last += (ulong)batch.Count;
                store.lastAppend = Instant.Now(store.time);
                store.active.Add(batch, keys);
                waiters = store.appended;
                store.appended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
            waiters.SetResult();
        }

        public bool Seal() => store.Seal();

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

        [LoggerMessage(3, LogLevel.Error, "The segment {Segment} cannot be read and its events are not found: {Reason} Restore the file from a backup and start again")]
        public static partial void SegmentDamaged(ILogger logger, string segment, string reason);

        [LoggerMessage(4, LogLevel.Information, "Flushed {Events} events to {Segments} segments in {Milliseconds:N0} ms")]
        public static partial void Flushed(ILogger logger, long events, int segments, double milliseconds);

        [LoggerMessage(5, LogLevel.Error, "Writing segments failed and will be tried again; nothing acknowledged is lost: {Reason}")]
        public static partial void FlushFailed(ILogger logger, string reason);

        [LoggerMessage(6, LogLevel.Error, "Writing the log file {File} failed; it is given up and the next append begins a new one. Those waiting were refused: {Reason}")]
        public static partial void WriteFailed(ILogger logger, string file, string reason);
    }
}
