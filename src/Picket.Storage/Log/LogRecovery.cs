using Picket.Events.Batches;
using Picket.Storage.Files;

namespace Picket.Storage.Log;

/// <summary>
/// Reads back what the log holds after the segments. A record cut short at the very end of the last file was never acknowledged and is dropped.
/// Any other damage is set aside, said, and counted; the records after it still count.
/// </summary>
internal sealed class LogRecovery(IStorageFiles files, uint log, Action<string> report)
{
    public long BytesSetAside { get; private set; }

    /// <summary>Damage is reported only, not copied aside.</summary>
    public bool LeavesFilesAlone { get; init; }

    /// <summary>Calls <paramref name="found"/> for each record after <paramref name="flushedThrough"/>, in order. Returns the last number seen.</summary>
    public ulong Read(ulong flushedThrough, Action<EventBatch, RecordNotes> found)
    {
        var names = LogFileName.All(files);
        var last = flushedThrough;
        for (var i = 0; i < names.Length; i++)
        {
            var end = i + 1 < names.Length ? names[i + 1].First : ulong.MaxValue;
            if (end <= flushedThrough + 1)
            {
                // Kept for those who follow the log.
                continue;
            }
            last = ReadFile(names[i], last, end, isLast: i + 1 == names.Length, found);
        }
        return last;
    }

    private ulong ReadFile(LogFileName name, ulong last, ulong end, bool isLast, Action<EventBatch, RecordNotes> found)
    {
        using var file = files.Open(name.ToString());
        var length = file.Length;
        var offset = 0L;
        while (offset < length)
        {
            if (TryReadRecord(file, name, offset) is not { } record)
            {
                var next = FindNext(file, name, offset + 8, length, last, end);
                if (next is null)
                {
                    if (!isLast && HasBytes(file, offset, length) && last + 1 < end)
                    {
                        SetAside(file, offset, length);
                    }
                    return last;
                }
                SetAside(file, offset, next.Value);
                offset = next.Value;
                continue;
            }
            offset += record.Header.Length;
            if (record.Header.First <= last && record.Header.Events > 0 || record.Header.First >= end)
            {
                record.Memory.Dispose();
                continue;
            }
            var notes = ReadNotes(record.Memory, record.Header);
            if (!LogRecord.TryOpenBatch(record.Memory, record.Header, out var batch) || notes is null)
            {
                batch?.Dispose();
                SetAside(file, offset - record.Header.Length, offset);
                continue;
            }
            found(batch, notes);
            last = Math.Max(last, record.Header.First + (ulong)record.Header.Events - 1);
        }
        return last;
    }

    private (LogRecord.Header Header, NativeBuffer Memory)? TryReadRecord(IStorageFile file, LogFileName name, long offset) =>
        LogRecord.TryReadHeader(file, offset, log, name, out var header) && LogRecord.TryRead(file, offset, header, out var memory) ? (header, memory) : null;

    // Whole by its checksum and yet no notes: written by something else.
    private static RecordNotes? ReadNotes(NativeBuffer record, LogRecord.Header header)
    {
        try
        {
            return LogRecord.ReadNotes(record.Written, header, "");
        }
        catch (CorruptDataException)
        {
            return null;
        }
    }

    // Records begin at multiples of eight; the next whole one of this log that goes on from where we are.
    private long? FindNext(IStorageFile file, LogFileName name, long from, long length, ulong last, ulong end)
    {
        const int windowBytes = 1 << 20;
        using var window = new NativeBuffer(windowBytes + LogRecord.HeaderBytes);
        for (var at = from; at < length; at += windowBytes)
        {
            window.Clear();
            var bytes = window.Take((int)Math.Min(windowBytes + LogRecord.HeaderBytes, length - at));
            bytes = bytes[..file.Read(bytes, at)];
            for (var i = 0; i + LogRecord.HeaderBytes <= bytes.Length && i < windowBytes; i += 8)
            {
                if (BitConverter.ToUInt32(bytes[i..]) == LogRecord.Magic
                    && LogRecord.TryReadHeader(bytes[i..], log, name, out var header) && header.First > last && header.First < end
                    && TryReadRecord(file, name, at + i) is { } record)
                {
                    record.Memory.Dispose();
                    return at + i;
                }
            }
        }
        return null;
    }

    private static bool HasBytes(IStorageFile file, long from, long length)
    {
        Span<byte> bytes = stackalloc byte[4_096];
        var read = file.Read(bytes[..(int)Math.Min(bytes.Length, length - from)], from);
        return bytes[..read].ContainsAnyExcept((byte)0);
    }

    private void SetAside(IStorageFile file, long from, long to)
    {
        var name = $"set-aside/{Path.GetFileName(file.Name)}.{from}";
        BytesSetAside += to - from;
        if (LeavesFilesAlone)
        {
            report($"{file.Name} is damaged from byte {from} to {to}.");
            return;
        }
        report($"{file.Name} is damaged from byte {from} to {to}. These bytes are kept in {name}; the events in them are lost unless they can be mended. What follows was read.");
        files.List("set-aside");
        try
        {
            using var copy = files.Create(name, 0);
            using var buffer = new NativeBuffer((int)Math.Min(to - from, 64 * 1024 * 1024));
            var bytes = buffer.Take((int)Math.Min(to - from, 64 * 1024 * 1024));
            copy.Write(bytes[..file.Read(bytes, from)], 0);
        }
        catch (IOException error)
        {
            report($"{name} could not be written: {error.Message}");
        }
    }
}
