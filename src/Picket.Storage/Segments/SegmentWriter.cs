using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Storage.Encodings;
using Picket.Storage.Files;

namespace Picket.Storage.Segments;

/// <summary>
/// Writes one segment: a header, for each block its columns, the shapes, a footer with the names and the blocks' headers, and a trailer of fixed
/// length at the very end, from which a reader begins. Each column, the shapes and the footer are preceded or named by a checksum.
/// </summary>
internal sealed class SegmentWriter : IDisposable
{
    public const int HeaderBytes = 16;
    public const int TrailerBytes = 40;
    public const ushort Version = 1;
    private const int WriteBytes = 1 << 20;

    private readonly IStorageFiles files;
    private readonly string name;
    private readonly IStorageFile file;
    private readonly NativeBuffer output = new();
    private readonly NativeBuffer column = new();
    private readonly List<BlockHeader> blocks = [];
    private readonly Dictionary<Field, int> names = [];
    private readonly Dictionary<string, int> shapeCodes = [];
    private readonly NativeBuffer shapes = new();
    private long written;

    public SegmentWriter(IStorageFiles files, string name)
    {
        this.files = files;
        this.name = name;
        file = files.Create(name + ".tmp", 0);
        output.Append(Header);
        output.Append((ulong)Version);
    }

    public static ReadOnlySpan<byte> Header => "PKSEG\0\0\0"u8;

    /// <summary>Adds a block; rows in order of tenant, time and number, at most <see cref="Limits.BlockRows"/>.</summary>
    public void Add(EventBatch batch)
    {
        var places = new List<ColumnPlace>();
        AddNumbers(places, SystemColumns.Tenant, batch.Count, row => batch.Tenants[row]);
        AddNumbers(places, SystemColumns.Time, batch.Count, row => batch.Times[row]);
        AddNumbers(places, SystemColumns.Received, batch.Count, row => batch.Received[row]);
        AddNumbers(places, SystemColumns.Seq, batch.Count, row => (long)batch.Seqs[row]);
        var shapesOfBlock = new Dictionary<int, int>();
        AddNumbers(places, SystemColumns.Shape, batch.Count, row =>
        {
            var code = batch.ShapeCodes[row];
            return shapesOfBlock.TryGetValue(code, out var known) ? known : shapesOfBlock[code] = ShapeCode(batch.Shape(code));
        });
        foreach (var field in batch.Fields)
        {
            if (batch.TryGetColumn(field, out var view) && view.ValueCount > 0)
            {
                column.Clear();
                Values.Write(column, view);
                End(places, field);
            }
        }
        var times = batch.Times;
        var seqs = batch.Seqs;
        blocks.Add(new BlockHeader(
            batch.Count, batch.Tenants[0], batch.Tenants[^1], Least(times), Greatest(times), Least(seqs), Greatest(seqs), places));
    }

    /// <summary>Ends the file and publishes it under its name.</summary>
    public void Finish()
    {
        var shapesAt = written + output.Length;
        column.Clear();
        Codec.Write(column, shapes.Written);
        output.Append(Checksum.Of(column.Written));
        output.Append((ReadOnlySpan<byte>)column.Written);
        var footerAt = written + output.Length;
        column.Clear();
        column.AppendVarint((ulong)names.Count);
        foreach (var field in names.OrderBy(pair => pair.Value).Select(pair => pair.Key))
        {
            column.AppendVarint((ulong)field.Utf8.Length);
            column.Append(field.Utf8);
        }
        column.AppendVarint((ulong)blocks.Count);
        foreach (var block in blocks)
        {
            block.Write(column, names);
        }
        output.Append((ReadOnlySpan<byte>)column.Written);
        output.Append(shapesAt);
        output.Append(footerAt);
        output.Append(column.Length);
        output.Append(Checksum.Of(column.Written));
        output.Append(Version);
        output.Append((ushort)0);
        output.Append(0);
        output.Append(Header);
        WriteOut();
        files.Publish(name + ".tmp", name);
    }

    public void Dispose()
    {
        file.Dispose();
        output.Dispose();
        column.Dispose();
        shapes.Dispose();
    }

    private void AddNumbers(List<ColumnPlace> places, Field field, int count, Func<int, long> value)
    {
        var values = new long[count];
        for (var row = 0; row < count; row++)
        {
            values[row] = value(row);
        }
        column.Clear();
        Integers.Write(column, values);
        End(places, field);
    }

    private void End(List<ColumnPlace> places, Field field)
    {
        places.Add(new ColumnPlace(field, written + output.Length, column.Length + sizeof(uint)));
        names.TryAdd(field, names.Count);
        output.Append(Checksum.Of(column.Written));
        output.Append((ReadOnlySpan<byte>)column.Written);
        if (output.Length > WriteBytes)
        {
            WriteOut();
        }
    }

    private void WriteOut()
    {
        file.Write(output.Written, written);
        written += output.Length;
        output.Clear();
    }

    private int ShapeCode(ReadOnlySpan<byte> shape)
    {
        var key = Convert.ToHexString(shape);
        if (!shapeCodes.TryGetValue(key, out var known))
        {
            shapeCodes.Add(key, known = shapeCodes.Count);
            shapes.AppendVarint((ulong)shape.Length);
            shapes.Append(shape);
        }
        return known;
    }

    private static T Least<T>(ReadOnlySpan<T> values) where T : IComparable<T>
    {
        var least = values[0];
        foreach (var value in values)
        {
            least = value.CompareTo(least) < 0 ? value : least;
        }
        return least;
    }

    private static T Greatest<T>(ReadOnlySpan<T> values) where T : IComparable<T>
    {
        var greatest = values[0];
        foreach (var value in values)
        {
            greatest = value.CompareTo(greatest) > 0 ? value : greatest;
        }
        return greatest;
    }
}
