using System.Buffers.Binary;

namespace Picket.Events;

/// <summary>
/// An event's id is derived, never stored: a UUIDv7 (RFC 9562) of the milliseconds it was received at and its log position.
/// After the 48 bits of time come the high 12 bits of the sequence number, and after the variant its low 40 bits and the
/// 22 bits of the log: ids sort by time, then by position, and looking one up is arithmetic.
/// </summary>
public static class EventId
{
    public static Guid From(LogPosition position, long receivedAt)
    {
        Span<byte> bytes = stackalloc byte[16];
        var milliseconds = (ulong)(receivedAt / Instant.PerMillisecond);
        BinaryPrimitives.WriteUInt64BigEndian(bytes, (milliseconds << 16) | 0x7000 | (position.Seq >> 40));
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], 0x8000_0000_0000_0000 | ((position.Seq & 0xFF_FFFF_FFFF) << 22) | position.Log);
        return new Guid(bytes, bigEndian: true);
    }

    /// <summary>False when the id is not one of ours by its form. Whether an event has it is the store's to say.</summary>
    public static bool TryRead(Guid id, out LogPosition position, out long receivedMilliseconds)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        var high = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        var low = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
        position = new LogPosition((uint)(low & LogPosition.MaxLog), ((high & 0xFFF) << 40) | ((low >> 22) & 0xFF_FFFF_FFFF));
        receivedMilliseconds = (long)(high >> 16);
        return (high & 0xF000) == 0x7000 && low >> 62 == 2 && position.Seq > 0 && position.Log > 0;
    }
}
