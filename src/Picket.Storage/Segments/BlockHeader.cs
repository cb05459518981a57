using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Storage.Encodings;
using Picket.Storage.Files;

namespace Picket.Storage.Segments;

/// <summary>What is known of one block without reading its columns: enough to pass it over, and to count it.</summary>
/// <param name="Bounds">What its rows lie between.</param>
/// <param name="Rewrites">How often merging has written its rows anew.</param>
/// <param name="Columns">In order of their names' hashes.</param>
internal sealed record BlockHeader(RowBounds Bounds, int Rewrites, ColumnPlace[] Columns)
{
    private const byte HasRange = 1;
    private const byte IsDirect = 2;

    public int Rows => (int)Bounds.Rows;

    /// <summary>The column's index, or −1.</summary>
    public int Find(Field field)
    {
        var (low, high) = (0, Columns.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var hash = Columns[middle].Field.Hash;
            if (hash == field.Hash)
            {
                return Columns[middle].Field.Equals(field) ? middle : Array.FindIndex(Columns, column => column.Field.Equals(field));
            }
            (low, high) = hash < field.Hash ? (middle + 1, high) : (low, middle - 1);
        }
        return -1;
    }

    public void Write(NativeBuffer into, Dictionary<Field, int> names)
    {
        Bounds.Write(into);
        into.Append((byte)Rewrites);
        into.AppendVarint((ulong)Columns.Length);
        foreach (var column in Columns)
        {
            into.AppendVarint((ulong)names[column.Field]);
            into.AppendVarint((ulong)column.Offset);
            into.AppendVarint((ulong)column.Length);
            into.AppendVarint((ulong)column.Facts.Values);
            into.AppendVarint(column.Facts.Kinds);
            into.AppendVarint((ulong)column.Facts.TextBytes);
            into.Append((byte)((column.Facts.Range.IsKnown ? HasRange : 0) | (column.Facts.IsDirect ? IsDirect : 0)));
            if (column.Facts.Range.IsKnown)
            {
                into.Append(column.Facts.Range);
            }
        }
    }

    public static BlockHeader Read(ref ByteReader reader, Field[] names)
    {
        var bounds = RowBounds.Read(ref reader);
        if (bounds.Rows is < 1 or > Limits.BlockRows)
        {
            throw reader.Wrong("a block's count of rows");
        }
        var rewrites = reader.Read<byte>();
        var columns = new ColumnPlace[reader.Count(2 * Events.Limits.BatchColumns)];
        for (var i = 0; i < columns.Length; i++)
        {
            var name = reader.Count(names.Length - 1);
            var (offset, length) = ((long)reader.Varint(), reader.Count(int.MaxValue));
            var (values, kinds, textBytes) = (reader.Count(bounds.Rows), (ushort)reader.Count(ushort.MaxValue), (long)reader.Varint());
            var flags = reader.Read<byte>();
            var range = (flags & HasRange) != 0 ? reader.Read<NumberRange>() : NumberRange.Unknown;
            columns[i] = new ColumnPlace(names[name], offset, length, new ColumnFacts(values, kinds, textBytes, range, (flags & IsDirect) != 0));
        }
        return new BlockHeader(bounds, rewrites, columns);
    }
}
