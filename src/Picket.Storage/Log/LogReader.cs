using Picket.Events.Batches;
using Picket.Storage.Files;

namespace Picket.Storage.Log;

/// <summary>
/// Reads the log's files for one who follows it: records lie there as they were appended, so that they need neither decoding nor sorting, as those of segments do.
/// What is not there, or not whole, is for segments to give. Not thread-safe.
/// </summary>
internal sealed class LogReader(IStorageFiles files, uint log) : IDisposable
{
    private IStorageFile? file;
    private LogFileName name;
    private long offset;
    private ulong passed;

    /// <summary>The events from a number on, up to the end of a record; records of few events are put together. Null when no file has them.</summary>
    /// <param name="durable">Nothing behind this number is read: it may still be taken back.</param>
    public EventBatch? TryRead(ulong first, ulong durable)
    {
        try
        {
            var batch = TryReadRecord(first, durable);
            if (batch is null || batch.Count >= Limits.SmallBatchRows)
            {
                return batch;
            }
            using var builder = new EventBatchBuilder();
            for (var next = batch; next is not null; next = builder.Count < Limits.SmallBatchRows ? TryReadRecord(first, durable) : null)
            {
                builder.AddRows(next);
                first += (ulong)next.Count;
                next.Dispose();
            }
            return builder.Seal();
        }
        catch (IOException)
        {
            // Let go of meanwhile, or not to be read.
            Dispose();
            return null;
        }
    }

    public void Dispose()
    {
        file?.Dispose();
        file = null;
    }

    private EventBatch? TryReadRecord(ulong first, ulong durable)
    {
        if (!TryOpenFileOf(first, out var end))
        {
            return null;
        }
        if (first <= passed)
        {
            (offset, passed) = (0, 0);
        }
        while (LogRecord.TryReadHeader(file!, offset, log, name, out var header))
        {
            var through = header.First + (ulong)header.Events;
            if (through <= first)
            {
                Pass(header);
            }
            else
            {
                return header.First <= first && through - 1 <= durable && through <= end && LogRecord.TryRead(file!, offset, header, out var record) ? Open(record, header, first) : null;
            }
        }
        return null;
    }

    // Where a file ends is not known before there is the next: after a failed write that takes the place of what follows in this one.
    private bool TryOpenFileOf(ulong first, out ulong end)
    {
        var names = LogFileName.All(files);
        var last = Array.FindLastIndex(names, one => one.First <= first);
        end = last + 1 < names.Length ? names[last + 1].First : ulong.MaxValue;
        if (last >= 0 && (file is null || name != names[last]))
        {
            Dispose();
            (name, offset, passed) = (names[last], 0, 0);
            file = files.Open(name.ToString());
        }
        return last >= 0;
    }

    private EventBatch? Open(NativeBuffer record, in LogRecord.Header header, ulong first)
    {
        Pass(header);
        if (!LogRecord.TryOpenBatch(record, header, out var batch) || header.First == first)
        {
            return batch;
        }
        // Who read segments before may begin in the middle of a record.
        using (batch)
        using (var builder = new EventBatchBuilder())
        {
            var before = (int)(first - header.First);
            builder.AddRows([batch], [.. Enumerable.Range(before, batch.Count - before).Select(row => new RowRef(0, row))]);
            return builder.Seal();
        }
    }

    private void Pass(in LogRecord.Header header)
    {
        offset += header.Length;
        passed = header.First + (ulong)header.Events - 1;
    }
}
