using System.Runtime.InteropServices;
using Picket.Events.Batches;

namespace Picket.Storage.Index;

/// <summary>Pairs of a fingerprint and a block as they are gathered, to be sorted. Not thread-safe.</summary>
internal sealed class FingerprintRun : IDisposable
{
    private const int DigitBits = 11;
    private readonly NativeBuffer pairs = new();
    private readonly NativeBuffer other = new();

    public int Count => pairs.Length / sizeof(ulong);

    /// <summary>Block numbers rise from call to call.</summary>
    public void Add(ReadOnlySpan<uint> fingerprints, int block)
    {
        var room = MemoryMarshal.Cast<byte, ulong>(pairs.Take(fingerprints.Length * sizeof(ulong)));
        for (var i = 0; i < room.Length; i++)
        {
            room[i] = ((ulong)fingerprints[i] << 32) | (uint)block;
        }
    }

    /// <summary>The pairs by fingerprint and then block, each as <c>fingerprint &lt;&lt; 32 | block</c>. Holds until the next call.</summary>
    public ReadOnlySpan<ulong> Sorted()
    {
        // By digits of eleven bits, least first, each pass keeping the order before it: for pairs without structure faster than comparing.
        other.Clear();
        other.Take(pairs.Length);
        var from = MemoryMarshal.Cast<byte, ulong>(pairs.Written);
        var to = MemoryMarshal.Cast<byte, ulong>(other.Written);
        Span<int> starts = stackalloc int[1 << DigitBits];
        for (var shift = 32; shift < 64; shift += DigitBits)
        {
            starts.Clear();
            foreach (var pair in from)
            {
                starts[(int)(pair >> shift) & ((1 << DigitBits) - 1)]++;
            }
            var sum = 0;
            foreach (ref var start in starts)
            {
                (start, sum) = (sum, sum + start);
            }
            foreach (var pair in from)
            {
                to[starts[(int)(pair >> shift) & ((1 << DigitBits) - 1)]++] = pair;
            }
            var swap = from;
            from = to;
            to = swap;
        }
        return from;
    }

    public void Clear() => ClearTo(int.MaxValue);

    public void ClearTo(int capacity)
    {
        pairs.ClearTo(capacity);
        other.ClearTo(capacity);
    }

    public void Dispose()
    {
        pairs.Dispose();
        other.Dispose();
    }
}
