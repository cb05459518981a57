using System.Buffers.Binary;
using Picket.Events.Batches;

namespace Picket.Storage.Encodings;

/// <summary>Finds a column's distinct values. Keeps its tables between columns; not thread-safe.</summary>
internal sealed class ValueDictionary : IDisposable
{
    private const int SampleValues = 512;
    private const int TableSize = 1 << 14;
    private readonly int[] table = new int[TableSize];
    private readonly int[] known = new int[Limits.BlockRows];
    private readonly ulong[] hashes = new ulong[Limits.BlockRows];
    private readonly ulong[] codes = new ulong[Limits.BlockRows];
    private readonly int[] counts = new int[Limits.BlockRows];

    /// <summary>The distinct values, in the order they were first met.</summary>
    public ColumnMemory Distinct { get; } = new();

    public int Count { get; private set; }

    /// <summary>For each value of the column, which distinct one it is.</summary>
    public ReadOnlySpan<ulong> Codes => codes.AsSpan(0, values);

    /// <summary>How often each distinct value is there.</summary>
    public ReadOnlySpan<int> Counts => counts.AsSpan(0, Count);

    private int values;

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
        for (var i = 0; i < values; i++)
        {
            if (i >= SampleValues && Count > i - (i / 8))
            {
                Count = 0;
                return false;
            }
            var code = CodeOf(column.Entries[column.Entry(i)], most);
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
                known[entry] = CodeOf(column.Entries[entry], values);
            }
            codes[i] = (ulong)known[entry];
            counts[known[entry]]++;
        }
        Distinct.Settle(Count);
    }

    // −1, and nothing is held, when it would be one too many.
    private int CodeOf(Value value, int most)
    {
        var hash = Hash(value);
        for (var slot = (int)(hash >> 50); ; slot = (slot + 1) & (table.Length - 1))
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
                hashes[code] = hash;
                counts[code] = 0;
                Distinct.Add(code, value.Kind, value.Text);
                return code;
            }
            if (hashes[code] == hash && IsSame(code, value))
            {
                return code;
            }
        }
    }

    private bool IsSame(int code, Value value)
    {
        var ends = Distinct.Ends.As<int>();
        return Distinct.Kinds.As<ValueKind>()[code] == value.Kind
            && Distinct.Text.Written[(code == 0 ? 0 : ends[code - 1])..ends[code]].SequenceEqual(value.Text);
    }

    // Only within this process, so it need not be any known one: eight bytes at a time, multiplied by odd constants.
    private static ulong Hash(Value value)
    {
        const ulong factor = 0x9E37_79B9_7F4A_7C15;
        var text = value.Text;
        var hash = ((ulong)text.Length << 8) + (ulong)value.Kind + 1;
        while (text.Length >= 8)
        {
            hash = (hash ^ BinaryPrimitives.ReadUInt64LittleEndian(text)) * factor;
            hash ^= hash >> 29;
            text = text[8..];
        }
        var rest = 0ul;
        foreach (var b in text)
        {
            rest = (rest << 8) | b;
        }
        hash = (hash ^ rest) * factor;
        return hash ^ (hash >> 32) * factor;
    }
}
