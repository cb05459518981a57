using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Picket.Events;
using Picket.Events.Batches;
using Picket.Storage.Files;

namespace Picket.Storage.Log;

/// <summary>
/// One record of the log: a header of 48 bytes, the notes (idempotency keys and bookmarks), and a packed batch, padded to a multiple of eight.
/// The checksum is over all of it, header included with its own field zero, so that a record of another log, place or length is none.
/// </summary>
internal static class LogRecord
{
    public const uint Magic = 0x474C_4B50; // "PKLG"
    public const ushort Version = 1;
    public const int HeaderBytes = 48;

    [StructLayout(LayoutKind.Sequential, Pack = 4)]
    internal struct Header
    {
        public uint Magic;
        public ushort Version;

        /// <summary>1: events.</summary>
        public byte Kind;

        /// <summary>0: none.</summary>
        public byte Codec;
        public int Length;
        public uint Checksum;
        public uint Log;
        public int Events;
        public ulong First;
        public int NoteBytes;

        /// <summary>With <see cref="FileFirst"/>, the file it was written to: what a recycled file held before is none of its records.</summary>
        public int FileTry;
        public ulong FileFirst;
    }

    /// <summary>Appends the record to a buffer that is written to the file as it is.</summary>
    public static void Write(NativeBuffer into, LogFileName file, LogPosition first, PackedBatch batch, RecordNotes notes)
    {
        into.Align();
        var start = into.Length;
        into.Take(HeaderBytes).Clear();
        notes.Write(into);
        into.Align();
        var noteBytes = into.Length - start - HeaderBytes;
        into.Append(batch.Packed);
        into.Align();
        var header = new Header
        {
            Magic = Magic,
            Version = Version,
            Kind = 1,
            Length = into.Length - start,
            Log = first.Log,
            Events = batch.Count,
            First = first.Seq,
            NoteBytes = noteBytes,
            FileTry = file.Try,
            FileFirst = file.First,
        };
        var record = into.Written[start..];
        MemoryMarshal.Write(record, header);
        header.Checksum = Files.Checksum.Of(record);
        MemoryMarshal.Write(record, header);
    }

    /// <summary>Whether a record that belongs to this log and file begins here; its header then tells its length.</summary>
    public static bool TryReadHeader(ReadOnlySpan<byte> bytes, uint log, LogFileName file, out Header header)
    {
        header = default;
        if (bytes.Length < HeaderBytes)
        {
            return false;
        }
        header = MemoryMarshal.Read<Header>(bytes);
        return header.Magic == Magic && header.Version == Version && header.Log == log && header.FileFirst == file.First && header.FileTry == file.Try && header.Kind == 1 && header.Codec == 0
            && header.Length >= HeaderBytes && header.Events >= 0 && header.NoteBytes >= 0 && header.NoteBytes <= header.Length - HeaderBytes;
    }

    /// <param name="record">Exactly one record; its checksum field is overwritten.</param>
    private static bool IsWhole(Span<byte> record, Header header)
    {
        var expected = header.Checksum;
        header.Checksum = 0;
        MemoryMarshal.Write(record, header);
        return Files.Checksum.Of(record) == expected;
    }

    /// <summary>Whether a record of this log and file begins at this place of it and ends within it.</summary>
    public static bool TryReadHeader(IStorageFile file, long offset, uint log, LogFileName name, out Header header)
    {
        Span<byte> start = stackalloc byte[HeaderBytes];
        header = default;
        return file.Read(start, offset) == start.Length && TryReadHeader(start, log, name, out header) && header.Length <= file.Length - offset;
    }

    /// <summary>The whole record; false when it is damaged.</summary>
    /// <param name="record">The caller disposes it.</param>
    public static bool TryRead(IStorageFile file, long offset, in Header header, out NativeBuffer record)
    {
        record = new NativeBuffer(header.Length);
        var bytes = record.Take(header.Length);
        if (file.Read(bytes, offset) == header.Length && IsWhole(bytes, header))
        {
            return true;
        }
        record.Dispose();
        return false;
    }

    /// <summary>A record's events; false when they are none, though the record is whole: something else wrote it.</summary>
    /// <param name="record">Its memory is the batch's from now on, or freed.</param>
    public static bool TryOpenBatch(NativeBuffer record, in Header header, [NotNullWhen(true)] out EventBatch? batch)
    {
        // In place: a record may be large, and two of it at a time are more than memory is planned for.
        record.Drop(HeaderBytes + header.NoteBytes);
        batch = PackedBatch.TryOpen(record, out var packed) && packed.Count == header.Events ? new EventBatch(packed) : null;
        if (batch is null)
        {
            record.Dispose();
        }
        return batch is not null;
    }

    /// <exception cref="CorruptDataException">There are none where they should be.</exception>
    public static RecordNotes ReadNotes(ReadOnlySpan<byte> record, Header header, string file)
    {
        var reader = new ByteReader(record.Slice(HeaderBytes, header.NoteBytes), file);
        return RecordNotes.Read(ref reader);
    }
}
