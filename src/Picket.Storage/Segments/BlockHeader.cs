using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Storage.Files;

namespace Picket.Storage.Segments;

/// <summary>Where a column of a block is in the file.</summary>
internal readonly record struct ColumnPlace(Field Field, long Offset, int Length);

/// <summary>What a segment's footer says of one block: enough to pass it over.</summary>
internal sealed record BlockHeader(
    int Rows, uint FirstTenant, uint LastTenant, long FirstTime, long LastTime, ulong FirstSeq, ulong LastSeq, IReadOnlyList<ColumnPlace> Columns)
{
    public void Write(NativeBuffer into, Dictionary<Field, int> names)
    {
        into.AppendVarint((ulong)Rows);
        into.Append(FirstTenant);
        into.Append(LastTenant);
        into.Append(FirstTime);
        into.Append(LastTime);
        into.Append(FirstSeq);
        into.Append(LastSeq);
        into.AppendVarint((ulong)Columns.Count);
        foreach (var column in Columns)
        {
            into.AppendVarint((ulong)names[column.Field]);
            into.AppendVarint((ulong)column.Offset);
            into.AppendVarint((ulong)column.Length);
        }
    }

    public static BlockHeader Read(ref ByteReader reader, Field[] names)
    {
        var rows = reader.Count(Limits.BlockRows);
        var (firstTenant, lastTenant) = (reader.Read<uint>(), reader.Read<uint>());
        var (firstTime, lastTime) = (reader.Read<long>(), reader.Read<long>());
        var (firstSeq, lastSeq) = (reader.Read<ulong>(), reader.Read<ulong>());
        var columns = new ColumnPlace[reader.Count(1_000_000)];
        for (var i = 0; i < columns.Length; i++)
        {
            var name = reader.Count(names.Length - 1);
            columns[i] = new ColumnPlace(names[name], (long)reader.Varint(), reader.Count(int.MaxValue));
        }
        return new BlockHeader(rows, firstTenant, lastTenant, firstTime, lastTime, firstSeq, lastSeq, columns);
    }
}
