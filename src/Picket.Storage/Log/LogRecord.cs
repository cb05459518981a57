using System.Runtime.InteropServices;
using Picket.Events;
using Picket.Events.Batches;
using Picket.Storage.Files;

namespace Picket.Storage.Log;

/// <summary>
/// One record of the log: a header of 48 bytes, the idempotency entries of the posts in it, and a packed batch, padded to a multiple of eight.
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
        public int KeyBytes;
        public int Reserved;
        public ulong Reserved2;
    }

    /// <summary>Appends the record to a buffer that is written to the file as it is.</summary>
    public static void Write(NativeBuffer into, LogPosition first, PackedBatch batch, IReadOnlyList<KeyEntry> keys)
    {
        into.Align();
        var start = into.Length;
        into.Take(HeaderBytes).Clear();
        foreach (var key in keys)
        {
            key.Write(into);
        }
        var keyBytes = into.Length - start - HeaderBytes;
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
            KeyBytes = keyBytes,
        };
        var record = into.Written[start..];
        MemoryMarshal.Write(record, header);
        header.Checksum = Files.Checksum.Of(record);
        MemoryMarshal.Write(record, header);
    }

    /// <summary>Whether a record that belongs to this log begins here; its header then tells its length.</summary>
    public static bool TryReadHeader(ReadOnlySpan<byte> bytes, uint log, out Header header)
    {
        header = default;
        if (bytes.Length < HeaderBytes)
        {
            return false;
        }
        header = MemoryMarshal.Read<Header>(bytes);
        return header.Magic == Magic && header.Version == Version && header.Log == log && header.Kind == 1 && header.Codec == 0
            && header.Length >= HeaderBytes && header.Events >= 0 && header.KeyBytes >= 0 && header.KeyBytes <= header.Length - HeaderBytes;
    }

    /// <param name="record">Exactly one record; its checksum field is overwritten.</param>
    public static bool IsWhole(Span<byte> record, Header header)
    {
        var expected = header.Checksum;
        header.Checksum = 0;
        MemoryMarshal.Write(record, header);
        return Files.Checksum.Of(record) == expected;
    }

    public static List<KeyEntry> ReadKeys(ReadOnlySpan<byte> record, Header header, string file)
    {
        var reader = new ByteReader(record.Slice(HeaderBytes, header.KeyBytes), file);
        var keys = new List<KeyEntry>();
        while (!reader.AtEnd)
        {
            keys.Add(KeyEntry.Read(ref reader));
        }
        return keys;
    }
}
