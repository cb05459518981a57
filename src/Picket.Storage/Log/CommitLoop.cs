using Picket.Events;
using Picket.Events.Batches;
using Picket.Events.Log;
using Picket.Storage.Files;

namespace Picket.Storage.Log;

/// <summary>
/// One thread that makes appends durable. It takes all that wait, puts small posts together, writes the records, fsyncs once, and answers all.
/// The next commit starts when that fsync returns, so the busier it is the more share one. A file whose write or fsync failed is never touched
/// again: its waiters are refused and a new file begins.
/// </summary>
internal sealed class CommitLoop : IDisposable
{
    private static readonly TimeSpan RoomPatience = TimeSpan.FromSeconds(5);

    private readonly IStorageFiles files;
    private readonly uint log;
    private readonly StorageOptions options;
    private readonly TimeProvider time;
    private readonly ICommitSink sink;
    private readonly IdempotencyTable keys;
    private readonly Bookmarks bookmarks;
    private readonly Lock gate = new();
    private readonly AutoResetEvent wake = new(false);
    private readonly Thread thread;
    private readonly EventBatchBuilder builder = new();
    private readonly NativeBuffer output = new();
    private List<Waiting> queue = [];
    private long waitingBytes;
    private bool stopping;
    private bool rollAsked;
    private IStorageFile? file;
    private LogFileName fileName;
    private long offset;
    private ulong next;

    public CommitLoop(IStorageFiles files, uint log, StorageOptions options, TimeProvider time, ICommitSink sink, IdempotencyTable keys, Bookmarks bookmarks, ulong last)
    {
        (this.files, this.log, this.options, this.time, this.sink, this.keys, this.bookmarks) = (files, log, options, time, sink, keys, bookmarks);
        next = last + 1;
        thread = new Thread(Run) { IsBackground = true, Name = "picket-commit" };
    }

    private sealed record Waiting(AppendRequest Request, TaskCompletionSource<AppendResult> Done, long ReceivedAt, CancellationToken Cancellation);

    private sealed record Record(EventBatch Batch, ulong First, RecordNotes Notes);

    /// <summary>Bytes of appends that wait.</summary>
    public long WaitingBytes => Interlocked.Read(ref waitingBytes);

    public void Start() => thread.Start();

    public Task<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellation)
    {
        var receivedAt = request.Batch.Count > 0 ? request.Batch.Received[0] : Instant.Now(time);
        var waiting = new Waiting(request, new(TaskCreationOptions.RunContinuationsAsynchronously), receivedAt, cancellation);
        lock (gate)
        {
            if (stopping || (waitingBytes > 0 && waitingBytes + request.Batch.Bytes > Limits.WaitingBytes))
            {
                request.Batch.Dispose();
                return Task.FromResult(new AppendResult(AppendStatus.Overloaded, default, 0, 0));
            }
            waitingBytes += request.Batch.Bytes;
            queue.Add(waiting);
        }
        wake.Set();
        return waiting.Done.Task;
    }

    /// <summary>Ends the log file and the generation in memory, soon.</summary>
    public void AskRoll()
    {
        Volatile.Write(ref rollAsked, true);
        wake.Set();
    }

    /// <summary>Writes what waits, and ends.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            stopping = true;
        }
        wake.Set();
        thread.Join();
        file?.Dispose();
        builder.Dispose();
        output.Dispose();
        wake.Dispose();
    }

    private void Run()
    {
        while (true)
        {
            List<Waiting> taken;
            lock (gate)
            {
                taken = queue;
                queue = [];
                if (taken.Count == 0 && stopping)
                {
                    return;
                }
            }
            if (taken.Count > 0)
            {
                var bytes = taken.Sum(waiting => waiting.Request.Batch.Bytes);
                Commit(taken);
                Interlocked.Add(ref waitingBytes, -bytes);
            }
            if (Volatile.Read(ref rollAsked) || sink.WantsRoll)
            {
                Volatile.Write(ref rollAsked, false);
                Roll();
            }
            if (taken.Count == 0)
            {
                wake.WaitOne();
            }
        }
    }

    private void Commit(List<Waiting> taken)
    {
        var answers = new List<(Waiting, AppendResult)>(taken.Count);
        var records = new List<Record>();
        var firstOfCommit = next;
        try
        {
            if (!sink.WaitForRoom(RoomPatience))
            {
                Refuse(taken, AppendStatus.Overloaded);
                return;
            }
            if (files.FreeBytes < options.MinimumFreeBytes)
            {
                Refuse(taken, AppendStatus.DiskFull);
                return;
            }
            keys.Expire(Instant.Now(time));
            Gather(taken, answers, records);
            if (records.Count > 0)
            {
                Write(records);
            }
        }
        catch (Exception error)
        {
            // The top of this loop: whatever went wrong, those waiting are told, and the next commit begins afresh.
            next = firstOfCommit;
            records.ForEach(record => record.Batch.Dispose());
            builder.Clear();
            Poison(error);
            Refuse(taken, IsDiskFull(error) ? AppendStatus.DiskFull : AppendStatus.Failed);
            return;
        }
        foreach (var record in records)
        {
            record.Notes.Keys.ForEach(keys.Add);
            record.Notes.Marks.ForEach(bookmarks.Set);
            sink.Committed(record.Batch, record.Notes);
        }
        foreach (var (waiting, result) in answers)
        {
            waiting.Done.TrySetResult(result);
        }
    }

    // Gives every request its numbers and its answer-to-be, and puts small batches together.
    private void Gather(List<Waiting> taken, List<(Waiting, AppendResult)> answers, List<Record> records)
    {
        var fresh = new Dictionary<(TenantId, UInt128), KeyEntry>();
        var smallNotes = new RecordNotes();
        var smallFirst = next;
        void EndSmall()
        {
            if (builder.Count > 0 || !smallNotes.IsEmpty)
            {
                records.Add(new Record(builder.Seal(), smallFirst, smallNotes));
                smallNotes = new RecordNotes();
            }
            smallFirst = next;
        }
        foreach (var waiting in taken)
        {
            var (request, batch) = (waiting.Request, waiting.Request.Batch);
            if (waiting.Cancellation.IsCancellationRequested)
            {
                batch.Dispose();
                waiting.Done.TrySetCanceled(waiting.Cancellation);
                continue;
            }
            var notes = new RecordNotes();
            if (request.Bookmark is { } mark)
            {
                if (!bookmarks.HasRoomFor(request.Tenant, mark))
                {
                    batch.Dispose();
                    answers.Add((waiting, new AppendResult(AppendStatus.Overloaded, default, 0, 0)));
                    continue;
                }
                notes.Marks.Add(new BookmarkEntry(request.Tenant, mark));
            }
            if (request.Key is { } key)
            {
                if (keys.TryGet(request.Tenant, key.Key, out var known) || fresh.TryGetValue((request.Tenant, key.Key), out known))
                {
                    batch.Dispose();
                    var status = known.Key.Body == key.Body ? AppendStatus.Repeated : AppendStatus.KeyConflict;
                    answers.Add((waiting, new AppendResult(status, new LogPosition(log, known.First), known.Count, known.ReceivedAt)));
                    continue;
                }
                var entry = new KeyEntry(request.Tenant, key, next, batch.Count, waiting.ReceivedAt);
                notes.Keys.Add(entry);
                fresh.Add((request.Tenant, key.Key), entry);
            }
            answers.Add((waiting, new AppendResult(AppendStatus.Committed, new LogPosition(log, next), batch.Count, waiting.ReceivedAt)));
            if (batch.Count > Limits.SmallBatchRows || batch.Bytes + builder.Bytes > Limits.RecordBytes)
            {
                EndSmall();
            }
            var count = (ulong)batch.Count;
            if (batch.Count > Limits.SmallBatchRows)
            {
                records.Add(new Record(batch, next, notes));
                next += count;
                smallFirst = next;
                continue;
            }
            builder.AddRows(batch);
            smallNotes.AddRange(notes);
            batch.Dispose();
            next += count;
        }
        EndSmall();
    }

    private void Write(List<Record> records)
    {
        if (file is null || offset > Limits.LogFileBytes)
        {
            OpenFile(records[0].First);
        }
        foreach (var record in records)
        {
            var packed = (PackedBatch)record.Batch.Source;
            packed.AssignSeqs(record.First);
            output.Clear();
            LogRecord.Write(output, fileName, new LogPosition(log, record.First), packed, record.Notes);
            file!.Write(output.Written, offset);
            offset += output.Length;
        }
        output.ClearTo(2 * Limits.RecordBytes);
        if (options.Fsync)
        {
            file!.Flush();
        }
    }

    private void OpenFile(ulong first)
    {
        file?.Dispose();
        file = null;
        var attempt = fileName.First == first && fileName != default ? fileName.Try + 1 : 0;
        var existing = files.List(LogFileName.Folder).Select(path => LogFileName.TryParse(path, out var name) && name.First == first ? name.Try + 1 : 0);
        fileName = new LogFileName(first, existing.Append(attempt).Max());
        offset = 0;
        if (files.List(LogFileName.Folder).Contains(LogFileName.Spare))
        {
            // Its blocks are written already: overwriting them changes no metadata that fsync would have to write too.
            files.Publish(LogFileName.Spare, fileName.ToString());
            file = files.Open(fileName.ToString(), writable: true);
            return;
        }
        file = files.Create(fileName.ToString(), Limits.LogFileBytes);
        files.FlushFolder(LogFileName.Folder);
    }

    private void Roll()
    {
        if (sink.Seal())
        {
            file?.Dispose();
            file = null;
        }
    }

    private void Poison(Exception error)
    {
        sink.Failed(fileName.ToString(), error);
        file?.Dispose();
        file = null;
    }

    private static void Refuse(List<Waiting> taken, AppendStatus status)
    {
        foreach (var waiting in taken)
        {
            waiting.Request.Batch.Dispose();
            waiting.Done.TrySetResult(new AppendResult(status, default, 0, 0));
        }
    }

    // ENOSPC and EDQUOT; on Windows ERROR_DISK_FULL.
    private static bool IsDiskFull(Exception error) => error is IOException && (error.HResult & 0xFFFF) is 28 or 122 or 112;
}
