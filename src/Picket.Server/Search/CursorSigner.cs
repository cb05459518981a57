using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using Picket.Events;
using Picket.Query.Store;

namespace Picket.Server.Search;

/// <summary>Writes a page's cursor as a text that is good for one tenant and one data folder alone, and cannot be changed. Thread-safe.</summary>
/// <param name="secret">The key of the signatures.</param>
internal sealed class CursorSigner(byte[] secret)
{
    // Time, number, snapshot, log; then the signature, of which half is enough.
    private const int PlainBytes = (3 * sizeof(ulong)) + sizeof(uint);
    private const int SignatureBytes = 16;

    public string Write(TenantId tenant, uint log, PageCursor cursor)
    {
        Span<byte> bytes = stackalloc byte[PlainBytes + SignatureBytes];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, cursor.Time);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], cursor.Seq);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[16..], cursor.Snapshot);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[24..], log);
        Sign(tenant, bytes[..PlainBytes], bytes[PlainBytes..]);
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>False for what this tenant was not given.</summary>
    public bool TryRead(TenantId tenant, uint log, string text, out PageCursor cursor)
    {
        cursor = default;
        Span<byte> bytes = stackalloc byte[PlainBytes + SignatureBytes];
        Span<byte> signature = stackalloc byte[SignatureBytes];
        if (text.Length != Base64Url.GetEncodedLength(bytes.Length) || !Base64Url.TryDecodeFromChars(text, bytes, out var length) || length != bytes.Length)
        {
            return false;
        }
        Sign(tenant, bytes[..PlainBytes], signature);
        if (!CryptographicOperations.FixedTimeEquals(signature, bytes[PlainBytes..]) || BinaryPrimitives.ReadUInt32LittleEndian(bytes[24..]) != log)
        {
            return false;
        }
        cursor = new PageCursor(BinaryPrimitives.ReadInt64LittleEndian(bytes), BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]), BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]));
        return true;
    }

    private void Sign(TenantId tenant, ReadOnlySpan<byte> plain, Span<byte> signature)
    {
        Span<byte> signed = stackalloc byte[PlainBytes + sizeof(uint)];
        plain.CopyTo(signed);
        BinaryPrimitives.WriteUInt32LittleEndian(signed[PlainBytes..], tenant.Number);
        Span<byte> whole = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(secret, signed, whole);
        whole[..SignatureBytes].CopyTo(signature);
    }
}
