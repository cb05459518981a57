using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Picket.Events.Log;

/// <summary>A sender's name for one request, and what it sent; both as the first 128 bits of a SHA-256.</summary>
public readonly record struct IdempotencyKey(UInt128 Key, UInt128 Body)
{
    /// <param name="key">The sender's key, of any length.</param>
    /// <param name="part">Which part of a long request.</param>
    /// <param name="body">The part's bytes.</param>
    public static IdempotencyKey From(string key, int part, ReadOnlySpan<byte> body) =>
        new(Hash(Encoding.UTF8.GetBytes($"{part}:{key}")), Hash(body));

    private static UInt128 Hash(ReadOnlySpan<byte> bytes)
    {
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(bytes, hash);
        return BinaryPrimitives.ReadUInt128LittleEndian(hash);
    }
}
