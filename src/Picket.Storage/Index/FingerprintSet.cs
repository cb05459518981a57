using System.Numerics;
using System.Runtime.InteropServices;
using Picket.Events.Batches;

namespace Picket.Storage.Index;

/// <summary>The distinct fingerprints of one block as it is written. Not thread-safe.</summary>
internal sealed class FingerprintSet : IDisposable
{
    private const int LeastSlots = 1 << 15;
    private readonly NativeBuffer slots = new();
    private readonly NativeBuffer found = new();
    private int mask;
    private bool hasZero;

    /// <summary>Scratch for whoever adds tokens of text.</summary>
    public WordMask Mask { get; } = new();

    public FingerprintSet() => Grow(LeastSlots);

    public ReadOnlySpan<uint> Found => found.As<uint>();

    public void Add(uint fingerprint)
    {
        // Zero marks an empty slot.
        if (fingerprint == 0)
        {
            if (!hasZero)
            {
                hasZero = true;
                found.Append(fingerprint);
            }
            return;
        }
        var table = MemoryMarshal.Cast<byte, uint>(slots.Written);
        for (var slot = (int)fingerprint & mask; ; slot = (slot + 1) & mask)
        {
            var there = table[slot];
            if (there == fingerprint)
            {
                return;
            }
            if (there == 0)
            {
                table[slot] = fingerprint;
                found.Append(fingerprint);
                break;
            }
        }
        if (found.Length / sizeof(uint) * 2 > mask)
        {
            Grow((mask + 1) * 2);
        }
    }

    public void Clear()
    {
        // A table that a large block made large is not cleared for every small one after it.
        var wanted = Math.Max(LeastSlots, (int)BitOperations.RoundUpToPowerOf2((uint)found.Length));
        found.Clear();
        hasZero = false;
        Grow(Math.Min(wanted, mask + 1));
    }

    public void Dispose()
    {
        slots.Dispose();
        found.Dispose();
        Mask.Dispose();
    }

    private void Grow(int size)
    {
        slots.Clear();
        slots.Take(size * sizeof(uint)).Clear();
        mask = size - 1;
        var table = MemoryMarshal.Cast<byte, uint>(slots.Written);
        foreach (var fingerprint in Found)
        {
            var slot = (int)fingerprint & mask;
            while (fingerprint != 0 && table[slot] != 0)
            {
                slot = (slot + 1) & mask;
            }
            table[slot] = fingerprint;
        }
    }
}
