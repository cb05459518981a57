using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Picket.Detection;

/// <summary>Bytes as keys, found by a span of the same.</summary>
internal sealed class ByBytes : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
{
    public static readonly ByBytes Instance = new();

    private static readonly ulong Seed = BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(sizeof(ulong)));
    private static readonly ulong Odd = BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(sizeof(ulong))) | 1;

    public bool Equals(byte[]? one, byte[]? other) => one.AsSpan().SequenceEqual(other);

    public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

    public int GetHashCode(byte[] bytes) => GetHashCode(bytes.AsSpan());

    public int GetHashCode(ReadOnlySpan<byte> alternate)
    {
        var hash = HashOf(alternate);
        return (int)(hash ^ (hash >> 32));
    }

    /// <summary>All 64 bits of the hash; another in each process.</summary>
    // Eight bytes a step, multiplied to 128 bits and folded, as wyhash does (Wang Yi, public domain), from a seed nobody knows: HashCode takes four bytes a step, and keys are hashed for each event.
    public static ulong HashOf(ReadOnlySpan<byte> bytes)
    {
        var hash = Seed ^ (ulong)bytes.Length;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
        {
            hash = Mix(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        }
        var rest = 0ul;
        foreach (var one in bytes)
        {
            rest = (rest << 8) | one;
        }
        return Mix(hash ^ rest);
    }

    private static ulong Mix(ulong value)
    {
        var high = Math.BigMul(value, Odd, out var low);
        return high ^ low;
    }

    public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
}
