using System.Buffers.Binary;
using System.Net;

namespace Picket.Events;

/// <summary>An IP address as 128 bits: version 4 as mapped into version 6 (RFC 4291, 2.5.5.2), so that both compare as one kind.</summary>
public readonly record struct Address(UInt128 Bits)
{
    private static readonly UInt128 MappedV4 = (UInt128)0xFFFF << 32;

    /// <summary>Reads dotted or colon text. <paramref name="canonical"/> says whether the text is the one that <see cref="Write"/> gives.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out Address address, out bool canonical)
    {
        canonical = false;
        if (TryParseV4(text, out var v4))
        {
            canonical = true;
            address = new Address(MappedV4 | v4);
            return true;
        }
        address = default;
        if (text.Length is < 2 or > 45 || !text.Contains((byte)':') || text.Contains((byte)'%') || text.Contains((byte)'[') || text.Contains((byte)'/')
            || !IPAddress.TryParse(text, out var parsed))
        {
            return false;
        }
        Span<byte> bytes = stackalloc byte[16];
        parsed.TryWriteBytes(bytes, out _);
        address = new Address(BinaryPrimitives.ReadUInt128BigEndian(bytes));
        Span<byte> written = stackalloc byte[48];
        canonical = written[..address.Write(written)].SequenceEqual(text);
        return true;
    }

    /// <summary>The canonical text (RFC 5952; version 4 dotted); at most 45 bytes.</summary>
    public int Write(Span<byte> into)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, Bits);
        var address = Bits >> 32 == 0xFFFF ? new IPAddress(bytes[12..]) : new IPAddress(bytes);
        address.TryFormat(into, out var length);
        return length;
    }

    private static bool TryParseV4(ReadOnlySpan<byte> text, out uint address)
    {
        address = 0;
        if (text.Length is < 7 or > 15)
        {
            return false;
        }
        var (octet, digits, octets) = (0, 0, 0);
        foreach (var b in text)
        {
            if (b == '.')
            {
                if (digits == 0 || ++octets > 3)
                {
                    return false;
                }
                address = address << 8 | (uint)octet;
                (octet, digits) = (0, 0);
                continue;
            }
            var digit = b - '0';
            if ((uint)digit > 9 || (digits > 0 && octet == 0) || (octet = (octet * 10) + digit) > 255)
            {
                return false;
            }
            digits++;
        }
        address = address << 8 | (uint)octet;
        return octets == 3 && digits > 0;
    }
}
