using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Storage.Files;

namespace Picket.Storage.Encodings;

/// <summary>
/// A field's column in a block: which rows have a value, then the entries as a constant, a dictionary with bit-packed codes, or one text a value,
/// whichever is smallest by a simple rule. Kinds and texts come back exactly.
/// </summary>
internal static class Values
{
    private const int MostDictionaryEntries = 4_096;

    public static void Write(NativeBuffer into, Column column)
    {
        var count = column.ValueCount;
        into.Append((byte)(column.IsDense ? 1 : 0));
        if (!column.IsDense)
        {
            var last = -1;
            into.AppendVarint((ulong)count);
            foreach (var row in column.Rows)
            {
                into.AppendVarint((ulong)(row - last - 1));
                last = row;
            }
        }
        var codes = new ulong[count];
        var distinct = new List<int>();
        var worthIt = TryFindDistinct(column, codes, distinct);
        var shape = !worthIt ? ColumnShape.Text : distinct.Count == 1 ? ColumnShape.Constant : ColumnShape.Dictionary;
        into.Append((byte)shape);
        WriteEntries(into, column, shape == ColumnShape.Text ? null : distinct);
        if (shape == ColumnShape.Dictionary)
        {
            BitPacking.Write(into, codes, BitPacking.Width((ulong)distinct.Count - 1));
        }
    }

    public static DecodedColumn Read(ref ByteReader reader, int rowCount)
    {
        var decoded = new DecodedColumn { IsDense = reader.Read<byte>() == 1 };
        try
        {
            var count = rowCount;
            if (!decoded.IsDense)
            {
                count = reader.Count(rowCount);
                var row = -1;
                for (var i = 0; i < count; i++)
                {
                    row += reader.Count(rowCount) + 1;
                    decoded.Rows.Append(row < rowCount ? row : throw reader.Wrong("a row beyond the block's"));
                }
            }
            decoded.Shape = (ColumnShape)reader.Read<byte>();
            ReadEntries(ref reader, decoded, count);
            var entries = decoded.Ends.Length / sizeof(int);
            if (decoded.Shape > ColumnShape.Text || entries != (decoded.Shape switch { ColumnShape.Text => count, ColumnShape.Constant => 1, _ => entries }))
            {
                throw reader.Wrong("a column whose entries do not fit its values");
            }
            if (decoded.Shape == ColumnShape.Dictionary)
            {
                var width = BitPacking.Width((ulong)Math.Max(entries - 1, 0));
                var bytes = reader.Take(BitPacking.Bytes(count, width));
                for (var i = 0; i < count; i++)
                {
                    var code = BitPacking.Read(bytes, i, width);
                    decoded.Codes.Append(code < (ulong)entries ? (ushort)code : throw reader.Wrong("a code beyond the dictionary"));
                }
            }
            return decoded;
        }
        catch
        {
            decoded.Dispose();
            throw;
        }
    }

    // False when there are too many distinct values for a dictionary to pay.
    private static bool TryFindDistinct(Column column, ulong[] codes, List<int> distinct)
    {
        var known = new Dictionary<ulong, int>();
        var most = Math.Min(MostDictionaryEntries, Math.Max(codes.Length / 4, 1));
        for (var i = 0; i < codes.Length; i++)
        {
            var value = column.Entries[column.Entry(i)];
            var hash = Field.HashOf(value.Text) + (ulong)value.Kind;
            while (true)
            {
                if (!known.TryGetValue(hash, out var code))
                {
                    if (distinct.Count == most)
                    {
                        return false;
                    }
                    code = distinct.Count;
                    known.Add(hash, code);
                    distinct.Add(i);
                }
                var same = column.Entries[column.Entry(distinct[code])];
                if (same.Kind == value.Kind && same.Text.SequenceEqual(value.Text))
                {
                    codes[i] = (ulong)code;
                    break;
                }
                hash++;
            }
        }
        return true;
    }

    private static void WriteEntries(NativeBuffer into, Column column, List<int>? distinct)
    {
        var count = distinct?.Count ?? column.ValueCount;
        using var text = new NativeBuffer();
        using var kinds = new NativeBuffer();
        var mixed = false;
        using var lengths = new NativeBuffer();
        for (var i = 0; i < count; i++)
        {
            var value = column.Entries[column.Entry(distinct is null ? i : distinct[i])];
            lengths.AppendVarint((ulong)value.Text.Length);
            text.Append(value.Text);
            kinds.Append(value.Kind);
            mixed |= kinds.Written[0] != (byte)value.Kind;
        }
        into.AppendVarint((ulong)count);
        into.Append((byte)(mixed ? 1 : 0));
        if (mixed)
        {
            Codec.Write(into, kinds.Written);
        }
        else
        {
            into.Append(kinds.Written[0]);
        }
        Codec.Write(into, lengths.Written);
        Codec.Write(into, text.Written);
    }

    private static void ReadEntries(ref ByteReader reader, DecodedColumn decoded, int most)
    {
        var count = reader.Count(most);
        if (reader.Read<byte>() == 1)
        {
            Codec.Read(ref reader, decoded.Kinds);
            if (decoded.Kinds.Length != count)
            {
                throw reader.Wrong("a kind for each entry");
            }
        }
        else
        {
            decoded.Kind = (ValueKind)reader.Read<byte>();
        }
        using var lengths = new NativeBuffer();
        Codec.Read(ref reader, lengths);
        Codec.Read(ref reader, decoded.Text);
        var lengthReader = new ByteReader(lengths.Written, "a column");
        var end = 0;
        for (var i = 0; i < count; i++)
        {
            end += lengthReader.Count(decoded.Text.Length - end);
            decoded.Ends.Append(end);
        }
    }
}
