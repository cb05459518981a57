using System.Runtime.InteropServices;
using Picket.Events.Batches;
using Picket.Storage.Files;

namespace Picket.Storage.Encodings;

/// <summary>What is known of a column of a block without reading it.</summary>
/// <param name="Values">Rows that have a value.</param>
/// <param name="Kinds">A bit for each <see cref="ValueKind"/> that occurs.</param>
/// <param name="TextBytes">Bytes of all values' text, before encoding.</param>
/// <param name="Range">Where all are numbers.</param>
/// <param name="IsDirect">The values are numbers written one by one, which no index of words knows.</param>
internal readonly record struct ColumnFacts(int Values, ushort Kinds, long TextBytes, NumberRange Range, bool IsDirect);

/// <summary>
/// A field's column in a block: which rows have a value; the entries, as one constant, as a dictionary with bit-packed codes, or one a value; each entry's
/// kind; and the entries themselves by the first <see cref="EntryEncoding"/> that takes them. Kinds and texts come back exactly.
/// </summary>
internal static class Values
{
    private const byte Dense = 0;
    private const byte Bitmap = 1;
    private const byte Gaps = 2;

    /// <summary>Dictionaries up to this size say how often each entry is there, so that counts need no codes.</summary>
    private const int CountedEntries = 256;

    /// <param name="dictionary">Holds the column's distinct values afterwards, unless it has too many.</param>
    public static ColumnFacts Write(NativeBuffer into, Column column, ValueDictionary dictionary)
    {
        WritePresence(into, column);
        var shape = !dictionary.TryBuild(column) ? ColumnShape.Text : dictionary.Count == 1 ? ColumnShape.Constant : ColumnShape.Dictionary;
        into.Append((byte)shape);
        var entries = shape == ColumnShape.Text ? column.Entries : dictionary.Distinct.View(dictionary.Count).Entries;
        into.AppendVarint((ulong)entries.Count);
        var kinds = WriteKinds(into, entries);
        var range = NumberRange.Unknown;
        var encoding = EntryEncodings.Write(into, entries, ref range);
        if (shape == ColumnShape.Dictionary)
        {
            if (dictionary.Count <= CountedEntries)
            {
                foreach (var count in dictionary.Counts)
                {
                    into.AppendVarint((ulong)count);
                }
            }
            BitPacking.Write(into, dictionary.Codes, BitPacking.Width((ulong)dictionary.Count - 1));
        }
        return new ColumnFacts(column.ValueCount, kinds, TextBytes(shape, entries, dictionary), range, shape == ColumnShape.Text && encoding is WholeNumbers or ScaledDecimals);
    }

    /// <summary>Reads it all into memory that is empty.</summary>
    public static void Read(ref ByteReader reader, int rowCount, ColumnMemory into)
    {
        var count = ReadPresence(ref reader, rowCount, into);
        var entries = ReadEntries(ref reader, count, into);
        if (into.Shape == ColumnShape.Dictionary)
        {
            SkipCounts(ref reader, entries);
            var width = BitPacking.Width((ulong)Math.Max(entries - 1, 0));
            var codes = MemoryMarshal.Cast<long, ulong>(Integers.Scratch(count));
            BitPacking.Read(reader.Take(BitPacking.Bytes(count, width)), width, codes);
            foreach (var code in codes)
            {
                into.Codes.Append(code < (ulong)entries ? (ushort)code : throw reader.Wrong("a code beyond the dictionary"));
            }
        }
    }

    /// <summary>Reads a column of numbers as numbers, and its rows. The divisor, or 0 when it is not kept as numbers one by one.</summary>
    public static long ReadNumbers(ref ByteReader reader, int rowCount, ColumnMemory rows, NativeBuffer into)
    {
        var count = ReadPresence(ref reader, rowCount, rows);
        if ((ColumnShape)reader.Read<byte>() != ColumnShape.Text || reader.Count(count) != count)
        {
            return 0;
        }
        ReadKinds(ref reader, count, rows);
        return EntryEncodings.Read(ref reader).ReadNumbers(ref reader, count, into);
    }

    /// <summary>What people are told of a column's form: its shape and the encoding of its entries.</summary>
    public static string Describe(ref ByteReader reader, int rowCount)
    {
        using var scratch = new ColumnMemory();
        var count = ReadPresence(ref reader, rowCount, scratch);
        var shape = (ColumnShape)reader.Read<byte>();
        ReadKinds(ref reader, reader.Count(count), scratch);
        var encoding = EntryEncodings.Read(ref reader).Name;
        return shape == ColumnShape.Text ? encoding : $"{shape.ToString().ToLowerInvariant()} of {encoding}";
    }

    private static long TextBytes(ColumnShape shape, Entries entries, ValueDictionary dictionary)
    {
        if (shape == ColumnShape.Text)
        {
            return entries.Text.Length;
        }
        var (sum, start) = (0L, 0);
        for (var i = 0; i < entries.Count; i++)
        {
            sum += (entries.Ends[i] - start) * (long)dictionary.Counts[i];
            start = entries.Ends[i];
        }
        return sum;
    }

    private static int ReadEntries(ref ByteReader reader, int count, ColumnMemory into)
    {
        into.Shape = (ColumnShape)reader.Read<byte>();
        var entries = reader.Count(count);
        if (into.Shape > ColumnShape.Text || entries == 0 || entries > ushort.MaxValue
            || entries != (into.Shape switch { ColumnShape.Text => count, ColumnShape.Constant => 1, _ => entries }))
        {
            throw reader.Wrong("a column whose entries do not fit its values");
        }
        ReadKinds(ref reader, entries, into);
        EntryEncodings.Read(ref reader).Read(ref reader, entries, into);
        return entries;
    }

    private static void SkipCounts(ref ByteReader reader, int entries)
    {
        for (var i = 0; i < entries && entries <= CountedEntries; i++)
        {
            reader.Varint();
        }
    }

    private static void WritePresence(NativeBuffer into, Column column)
    {
        if (column.IsDense)
        {
            into.Append(Dense);
            return;
        }
        if (column.ValueCount * 8 > column.RowCount)
        {
            into.Append(Bitmap);
            var bits = into.Take((column.RowCount + 7) / 8);
            bits.Clear();
            foreach (var row in column.Rows)
            {
                bits[row >> 3] |= (byte)(1 << (row & 7));
            }
            return;
        }
        into.Append(Gaps);
        into.AppendVarint((ulong)column.ValueCount);
        var last = -1;
        foreach (var row in column.Rows)
        {
            into.AppendVarint((ulong)(row - last - 1));
            last = row;
        }
    }

    private static int ReadPresence(ref ByteReader reader, int rowCount, ColumnMemory into)
    {
        switch (reader.Read<byte>())
        {
            case Dense:
                into.IsDense = true;
                return rowCount;
            case Bitmap:
                var bits = reader.Take((rowCount + 7) / 8);
                for (var row = 0; row < rowCount; row++)
                {
                    if ((bits[row >> 3] >> (row & 7) & 1) != 0)
                    {
                        into.Rows.Append(row);
                    }
                }
                break;
            case Gaps:
                var count = reader.Count(rowCount);
                var next = 0;
                for (var i = 0; i < count; i++)
                {
                    next += reader.Count(rowCount);
                    into.Rows.Append(next < rowCount ? next++ : throw reader.Wrong("a row beyond the block's"));
                }
                break;
            default:
                throw reader.Wrong("a way of saying which rows have a value that is not known");
        }
        // An empty list of rows would mean all of them.
        return into.Rows.Length > 0 ? into.Rows.Length / sizeof(int) : throw reader.Wrong("a column without values");
    }

    private static ushort WriteKinds(NativeBuffer into, Entries entries)
    {
        if (entries.Kinds.IsEmpty)
        {
            into.Append((byte)entries.Kind);
            return (ushort)(1 << (int)entries.Kind);
        }
        into.Append(byte.MaxValue);
        Codec.Write(into, MemoryMarshal.AsBytes(entries.Kinds));
        var all = 0;
        foreach (var kind in entries.Kinds)
        {
            all |= 1 << (int)kind;
        }
        return (ushort)all;
    }

    private static void ReadKinds(ref ByteReader reader, int count, ColumnMemory into)
    {
        var kind = reader.Read<byte>();
        if (kind != byte.MaxValue)
        {
            into.Kind = kind <= (byte)ValueKind.Instant ? (ValueKind)kind : throw reader.Wrong("a kind of value that is not known");
            return;
        }
        Codec.Read(ref reader, into.Kinds);
        if (into.Kinds.Length != count || into.Kinds.Written.ContainsAnyInRange((byte)(ValueKind.Instant + 1), byte.MaxValue))
        {
            throw reader.Wrong("a kind for each entry");
        }
    }
}
