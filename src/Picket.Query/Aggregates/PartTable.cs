using System.Buffers.Binary;
using System.Text;
using Picket.Events.Batches;

namespace Picket.Query.Aggregates;

/// <summary>The values of one grouped field met so far, each with a small number; 0 is none at all. Kept as the bytes they came as, since few of them may be shown in the end. Not thread-safe.</summary>
internal sealed class PartTable
{
    private int[] slots = new int[1_024];
    private ulong[] hashes = new ulong[512];
    private int[] ends = new int[512];
    private ValueKind[] kinds = new ValueKind[512];
    private byte[] text = new byte[8_192];
    private int count = 1;

    /// <summary>Bytes it takes, for the bound on a question's memory.</summary>
    public long Bytes => (slots.Length * 4L) + (hashes.Length * 13L) + text.Length;

    /// <summary>Numbers given so far, 0 among them.</summary>
    public int Count => count;

    /// <summary>A number's value; none for 0. Of a text met in several kinds it is a text.</summary>
    public Cell this[int number] => number == 0 ? Cell.None : new Cell(kinds[number], Encoding.UTF8.GetString(TextOf(number)));

    public Value ValueOf(int number) => new(kinds[number], TextOf(number));

    public int NumberOf(Value value) => value.Kind == ValueKind.Null ? 0 : NumberOf(value.Kind, value.Text);

    public int NumberOf(ValueKind kind, ReadOnlySpan<byte> value)
    {
        var hash = Hash(value);
        for (var slot = (int)(hash >> 32) & (slots.Length - 1); ; slot = (slot + 1) & (slots.Length - 1))
        {
            var number = slots[slot];
            if (number == 0)
            {
                return Add(slot, hash, kind, value);
            }
            if (hashes[number] == hash && TextOf(number).SequenceEqual(value))
            {
                kinds[number] = kinds[number] == kind ? kind : ValueKind.Text;
                return number;
            }
        }
    }

    private ReadOnlySpan<byte> TextOf(int number) => text.AsSpan(ends[number - 1]..ends[number]);

    private int Add(int slot, ulong hash, ValueKind kind, ReadOnlySpan<byte> value)
    {
        if (count == hashes.Length)
        {
            Array.Resize(ref hashes, count * 2);
            Array.Resize(ref ends, count * 2);
            Array.Resize(ref kinds, count * 2);
        }
        var start = ends[count - 1];
        if (start + value.Length > text.Length)
        {
            Array.Resize(ref text, Math.Max(text.Length * 2, start + value.Length));
        }
        value.CopyTo(text.AsSpan(start));
        hashes[count] = hash;
        kinds[count] = kind;
        ends[count] = start + value.Length;
        slots[slot] = count++;
        if (count * 2 > slots.Length)
        {
            Grow();
        }
        return count - 1;
    }

    private void Grow()
    {
        slots = new int[slots.Length * 2];
        for (var number = 1; number < count; number++)
        {
            var slot = (int)(hashes[number] >> 32) & (slots.Length - 1);
            while (slots[slot] != 0)
            {
                slot = (slot + 1) & (slots.Length - 1);
            }
            slots[slot] = number;
        }
    }

    private static ulong Hash(ReadOnlySpan<byte> value)
    {
        const ulong factor = 0x9E37_79B9_7F4A_7C15;
        var hash = (ulong)value.Length * factor;
        while (value.Length >= 8)
        {
            hash = (hash ^ BinaryPrimitives.ReadUInt64LittleEndian(value)) * factor;
            hash ^= hash >> 32;
            value = value[8..];
        }
        var rest = 0ul;
        foreach (var b in value)
        {
            rest = (rest << 8) | b;
        }
        hash = (hash ^ rest) * factor;
        return (hash ^ (hash >> 29)) * factor;
    }
}
