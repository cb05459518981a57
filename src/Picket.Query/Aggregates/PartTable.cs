using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Picket.Events.Batches;

namespace Picket.Query.Aggregates;

/// <summary>
/// The values of one grouped field met so far, each with a small number; 0 is none at all. Kept as the bytes they came as, since few of them may be shown in the end.
/// A value of up to 15 bytes stands in its slot, so that finding it touches memory once. In native memory, for large tables come and go with every question. Not thread-safe.
/// </summary>
internal sealed class PartTable : IDisposable
{
    private const int ShortBytes = 15;
    private const ulong LongMark = 0xFFul << 56;

    private readonly NativeBuffer ends = new();
    private readonly NativeBuffer kinds = new();
    private readonly NativeBuffer text = new();
    private NativeBuffer slots = Empty(1_024);
    private int mask = 1_023;
    private int count = 1;

    public PartTable()
    {
        // Of number 0.
        ends.Append(0);
        kinds.Append(ValueKind.Null);
    }

    /// <param name="Low">The first eight bytes of a short value, or the hash of a longer one.</param>
    /// <param name="High">The others and above them the length; or the mark of a longer one and its length.</param>
    /// <param name="Number">The value's number; 0 for a free slot.</param>
    [StructLayout(LayoutKind.Sequential, Pack = 4)]
    private record struct Slot(ulong Low, ulong High, int Number);

    /// <summary>Bytes it takes, for the bound on a question's memory.</summary>
    public long Bytes => slots.Capacity + ends.Capacity + kinds.Capacity + text.Capacity;

    /// <summary>Numbers given so far, 0 among them.</summary>
    public int Count => count;

    /// <summary>A number's value; none for 0. Of a text met in several kinds it is a text.</summary>
    public Cell this[int number] => number == 0 ? Cell.None : new Cell(Kinds[number], Encoding.UTF8.GetString(TextOf(number)));

    private Span<ValueKind> Kinds => MemoryMarshal.Cast<byte, ValueKind>(kinds.Written);

    private Span<Slot> Slots => MemoryMarshal.Cast<byte, Slot>(slots.Written);

    public Value ValueOf(int number) => new(Kinds[number], TextOf(number));

    public int NumberOf(Value value) => value.Kind == ValueKind.Null ? 0 : NumberOf(value.Kind, value.Text);

    public int NumberOf(ValueKind kind, ReadOnlySpan<byte> value)
    {
        var (low, high) = Key(value);
        var all = Slots;
        for (var at = Place(low, high); ; at = (at + 1) & mask)
        {
            ref var slot = ref all[at];
            if (slot.Number == 0)
            {
                slot = new Slot(low, high, count);
                return Add(kind, value);
            }
            if (slot.Low == low && slot.High == high && (value.Length <= ShortBytes || TextOf(slot.Number).SequenceEqual(value)))
            {
                ref var known = ref Kinds[slot.Number];
                known = known == kind ? kind : ValueKind.Text;
                return slot.Number;
            }
        }
    }

    public void Dispose()
    {
        slots.Dispose();
        ends.Dispose();
        kinds.Dispose();
        text.Dispose();
    }

    private ReadOnlySpan<byte> TextOf(int number)
    {
        var of = ends.As<int>();
        return text.Written[of[number - 1]..of[number]];
    }

    private int Add(ValueKind kind, ReadOnlySpan<byte> value)
    {
        text.Append(value);
        ends.Append(text.Length);
        kinds.Append(kind);
        // Full to three quarters.
        if (++count * 4L > (mask + 1) * 3L)
        {
            Grow();
        }
        return count - 1;
    }

    private void Grow()
    {
        var larger = Empty((mask + 1) * 2);
        mask = (mask * 2) + 1;
        var to = MemoryMarshal.Cast<byte, Slot>(larger.Written);
        foreach (ref readonly var slot in Slots)
        {
            if (slot.Number > 0)
            {
                var at = Place(slot.Low, slot.High);
                while (to[at].Number > 0)
                {
                    at = (at + 1) & mask;
                }
                to[at] = slot;
            }
        }
        slots.Dispose();
        slots = larger;
    }

    private static NativeBuffer Empty(int count)
    {
        var memory = new NativeBuffer();
        memory.Take(count * Unsafe.SizeOf<Slot>()).Clear();
        return memory;
    }

    private int Place(ulong low, ulong high)
    {
        var hash = (low ^ (high * 0xC2B2_AE3D_27D4_EB4F)) * 0x9E37_79B9_7F4A_7C15;
        return (int)((hash ^ (hash >> 32)) & (uint)mask);
    }

    private static (ulong Low, ulong High) Key(ReadOnlySpan<byte> value)
    {
        if (value.Length > ShortBytes)
        {
            return (Hash(value), LongMark | (uint)value.Length);
        }
        if (value.Length >= 8)
        {
            var rest = value.Length > 8 ? BinaryPrimitives.ReadUInt64LittleEndian(value[^8..]) >> (8 * (16 - value.Length)) : 0;
            return (BinaryPrimitives.ReadUInt64LittleEndian(value), rest | ((ulong)value.Length << 56));
        }
        var low = 0ul;
        for (var i = value.Length - 1; i >= 0; i--)
        {
            low = (low << 8) | value[i];
        }
        return (low, (ulong)value.Length << 56);
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
