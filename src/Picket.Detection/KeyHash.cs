using System.Buffers.Binary;
using System.Security.Cryptography;
using Picket.Detection.Windows;

namespace Picket.Detection;

/// <summary>Hashes keys from a seed nobody knows, so that nobody can send many of one hash. Immutable.</summary>
// Eight bytes a step, multiplied to 128 bits and folded, as wyhash does (Wang Yi, public domain): HashCode takes four bytes a step, and keys are hashed for each event.
internal readonly struct KeyHash
{
    private readonly ulong seed;
    private readonly ulong odd;

    private KeyHash(ulong seed, ulong odd) => (this.seed, this.odd) = (seed, odd | 1);

    public static KeyHash New()
    {
        Span<byte> drawn = stackalloc byte[2 * sizeof(ulong)];
        RandomNumberGenerator.Fill(drawn);
        return new KeyHash(BinaryPrimitives.ReadUInt64LittleEndian(drawn), BinaryPrimitives.ReadUInt64LittleEndian(drawn[sizeof(ulong)..]));
    }

    /// <summary>The one that was written down.</summary>
    public static KeyHash Read(SnapshotReader from) => new(from.ReadUInt64(), from.ReadUInt64());

    public void Save(SnapshotWriter to)
    {
        to.Write(seed);
        to.Write(odd);
    }

    /// <summary>64 bits.</summary>
    public ulong Of(ReadOnlySpan<byte> bytes)
    {
        var hash = seed ^ (ulong)bytes.Length;
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

    private ulong Mix(ulong value)
    {
        var high = Math.BigMul(value, odd, out var low);
        return high ^ low;
    }
}
