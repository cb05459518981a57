using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Picket.Events.Batches;

namespace Picket.Storage.Encodings;

/// <summary>Finds a column's distinct values. Keeps its tables between columns; not thread-safe.</summary>
internal sealed class ValueDictionary : IDisposable
{
    private const int SampleValues = 512;
    private const int SlotBits = 14;
    private readonly int[] table = new int[1 << SlotBits];
    private readonly int[] known = new int[Limits.BlockRows];
    private readonly Key[] keys = new Key[Limits.BlockRows];
    private readonly ulong[] codes = new ulong[Limits.BlockRows];
    private readonly int[] counts = new int[Limits.BlockRows];
    private int values;

    // A value's kind and length and, when it has at most sixteen bytes, all of it; else a hash, and the text must be compared.
    private readonly record struct Key(ulong Head, ulong Tail, int Length, ValueKind Kind);

    /// <summary>The distinct values, in the order they were first met.</summary>
    public ColumnMemory Distinct { get; } = new();

    public int Count { get; private set; }

    /// <summary>For each value of the column, which distinct one it is.</summary>
    public ReadOnlySpan<ulong> Codes => codes.AsSpan(0, values);

    /// <summary>How often each distinct value is there.</summary>
    public ReadOnlySpan<int> Counts => counts.AsSpan(0, Count);

    /// <summary>False when there are so many distinct values that a dictionary would not pay; then it holds nothing.</summary>
    public bool TryBuild(Column column)
    {
        Distinct.Clear();
        table.AsSpan().Clear();
        Count = 0;
        values = column.ValueCount;
        if (column.Shape != ColumnShape.Text)
        {
            Map(column);
            return true;
        }
        var most = Math.Max(values / 2, 1);
        var entries = column.Entries;
        var start = 0;
        for (var i = 0; i < values; i++)
        {
            if (i >= SampleValues && Count > i - (i / 8))
            {
                Count = 0;
                return false;
            }
            var end = entries.Ends[i];
            var code = CodeOf(entries.Text[start..end], entries.Kinds.IsEmpty ? entries.Kind : entries.Kinds[i], most);
            start = end;
            if (code < 0)
            {
                return false;
            }
            codes[i] = (ulong)code;
            counts[code]++;
        }
        // Its rows are its entries.
        Distinct.Settle(Count);
        return true;
    }

    public void Dispose() => Distinct.Dispose();

    // A column that has codes already: each of its entries is looked at once.
    private void Map(Column column)
    {
        known.AsSpan(0, column.Entries.Count).Fill(-1);
        for (var i = 0; i < values; i++)
        {
            var entry = column.Entry(i);
            if (known[entry] < 0)
            {
                known[entry] = CodeOf(column.Entries[entry].Text, column.Entries[entry].Kind, values);
            }
            codes[i] = (ulong)known[entry];
            counts[known[entry]]++;
        }
        Distinct.Settle(Count);
    }

    // −1, and nothing is held, when it would be one too many.
    private int CodeOf(ReadOnlySpan<byte> text, ValueKind kind, int most)
    {
        var key = KeyOf(text, kind);
        for (var slot = SlotOf(key); ; slot = (slot + 1) & (table.Length - 1))
        {
            var code = table[slot] - 1;
            if (code < 0)
            {
                if (Count == most)
                {
                    Count = 0;
                    return -1;
                }
                code = Count++;
                table[slot] = Count;
                keys[code] = key;
                counts[code] = 0;
                Distinct.Add(code, kind, text);
                return code;
            }
            if (keys[code] == key && (text.Length <= 16 || TextOf(code).SequenceEqual(text)))
            {
                return code;
            }
        }
    }

    private ReadOnlySpan<byte> TextOf(int code)
    {
        var ends = Distinct.Ends.As<int>();
        return Distinct.Text.Written[(code == 0 ? 0 : ends[code - 1])..ends[code]];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Key KeyOf(ReadOnlySpan<byte> text, ValueKind kind)
    {
        ref var first = ref MemoryMarshal.GetReference(text);
        var length = text.Length;
        if (length >= 8)
        {
            var head = Unsafe.ReadUnaligned<ulong>(ref first);
            var tail = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref first, length - 8));
            return new Key(length <= 16 ? head : LongHash(text), tail, length, kind);
        }
        if (length >= 4)
        {
            return new Key(Unsafe.ReadUnaligned<uint>(ref first), Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref first, length - 4)), length, kind);
        }
        var few = length == 0 ? 0u : first | ((uint)Unsafe.Add(ref first, length / 2) << 8) | ((uint)Unsafe.Add(ref first, length - 1) << 16);
        return new Key(few, 0, length, kind);
    }

    private static ulong LongHash(ReadOnlySpan<byte> text)
    {
        var hash = 0ul;
        while (text.Length >= 8)
        {
            hash = (hash ^ BinaryPrimitives.ReadUInt64LittleEndian(text)) * 0x9E37_79B9_7F4A_7C15;
            hash ^= hash >> 29;
            text = text[8..];
        }
        return hash;
    }

    private static int SlotOf(Key key)
    {
        var hash = ((key.Head ^ ((ulong)key.Length << 56) ^ ((ulong)key.Kind << 48)) * 0x9E37_79B9_7F4A_7C15) ^ (key.Tail * 0xC2B2_AE3D_27D4_EB4F);
        hash ^= hash >> 32;
        return (int)((hash * 0x9E37_79B9_7F4A_7C15) >> (64 - SlotBits));
    }
}
