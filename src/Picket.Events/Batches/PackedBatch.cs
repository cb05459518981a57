using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Picket.Events.Schema;

namespace Picket.Events.Batches;

/// <summary>
/// A batch as one run of native memory that is at once its form in memory, in the log and on a bus: a header, arrays of one value a row, a
/// directory of columns sorted by the hash of their names, and the columns' arrays, each at a multiple of eight. Little-endian.
/// <c>docs/design/storage.md</c> has the bytes.
/// </summary>
public sealed unsafe class PackedBatch : ColumnSource
{
    private readonly NativeBuffer memory;
    private readonly Field[] fields;

    private PackedBatch(NativeBuffer memory)
    {
        this.memory = memory;
        fields = new Field[Header.Columns];
        for (var i = 0; i < fields.Length; i++)
        {
            var entry = Directory[i];
            fields[i] = KnownName(At<byte>(entry.NameAt, entry.NameLength));
        }
        HasOverflow = Find(Overflow.Field) >= 0;
    }

    public override int Count => Header.Rows;
    public override ReadOnlySpan<uint> Tenants => At<uint>(Header.TenantsAt, Count);
    public override ReadOnlySpan<long> Times => At<long>(Header.TimesAt, Count);
    public override ReadOnlySpan<long> Received => At<long>(Header.ReceivedAt, Count);
    public override ReadOnlySpan<ulong> Seqs => At<ulong>(Header.SeqsAt, Count);
    public override ReadOnlySpan<int> ShapeCodes => At<int>(Header.ShapeCodesAt, Count);
    public override IReadOnlyList<Field> Fields => fields;
    public override long Bytes => memory.Capacity;

    /// <summary>The whole batch, as it is written to the log.</summary>
    public ReadOnlySpan<byte> Packed => memory.Written;

    protected override bool HasOverflow { get; }

    private ref PackedLayout.Header Header => ref Unsafe.AsRef<PackedLayout.Header>(memory.Pointer);

    private ReadOnlySpan<PackedLayout.ColumnEntry> Directory => At<PackedLayout.ColumnEntry>(Header.DirectoryAt, Header.Columns);

    /// <summary>Numbers the rows from <paramref name="first"/> on. To be called once, before anyone else reads the batch.</summary>
    public void AssignSeqs(ulong first)
    {
        var seqs = new Span<ulong>(memory.Pointer + Header.SeqsAt, Count);
        for (var row = 0; row < seqs.Length; row++)
        {
            seqs[row] = first + (ulong)row;
        }
    }

    public override ReadOnlySpan<byte> Shape(int code)
    {
        var ends = At<int>(Header.ShapeEndsAt, Header.Shapes);
        var start = code == 0 ? 0 : ends[code - 1];
        return At<byte>(Header.ShapeTextAt + start, ends[code] - start);
    }

    public override bool TryLoadOwn(Field field, out Column column)
    {
        var index = Find(field);
        if (index < 0)
        {
            column = default;
            return false;
        }
        ref readonly var entry = ref Directory[index];
        var entries = new Entries(
            At<byte>(entry.TextAt, entry.TextLength),
            At<int>(entry.EndsAt, entry.Entries),
            entry.OneKind == 1 ? default : At<ValueKind>(entry.KindsAt, entry.Entries),
            entry.Kind);
        column = new Column(
            entry.Shape,
            Count,
            entry.Dense == 1 ? default : At<int>(entry.RowsAt, entry.Values),
            entry.Shape == ColumnShape.Dictionary ? At<ushort>(entry.CodesAt, entry.Values) : default,
            entries);
        return true;
    }

    /// <summary>Takes over memory that holds a packed batch, after checking every offset in it. False, with the memory left alone, when it is none.</summary>
    public static bool TryOpen(NativeBuffer memory, out PackedBatch batch)
    {
        batch = null!;
        if (!PackedLayout.IsWhole(memory))
        {
            return false;
        }
        batch = new PackedBatch(memory);
        return true;
    }

    internal static PackedBatch Pack(
        int rows,
        NativeBuffer tenants,
        NativeBuffer times,
        NativeBuffer received,
        NativeBuffer seqs,
        NativeBuffer shapeCodes,
        ShapeTable shapes,
        IReadOnlyCollection<ColumnBuilder> builders)
    {
        var columns = builders.Where(column => column.Count > 0).OrderBy(column => column.Field.Hash).ToArray();
        var size = 256L + (rows * 40L) + shapes.Text.Length + (shapes.Ends.Length * 4) + (columns.Length * (sizeof(PackedLayout.ColumnEntry) + 64L))
            + columns.Sum(column => column.Field.Utf8.Length + (column.Count * 9L) + column.Text.Length + 256);
        var memory = new NativeBuffer(checked((int)size));
        var header = new PackedLayout.Header { Magic = PackedLayout.Magic, Version = PackedLayout.Version, Rows = rows, Columns = columns.Length, Shapes = shapes.Ends.Length };
        memory.Take(sizeof(PackedLayout.Header)).Clear();
        header.TenantsAt = Put(memory, (ReadOnlySpan<byte>)tenants.Written);
        header.TimesAt = Put(memory, (ReadOnlySpan<byte>)times.Written);
        header.ReceivedAt = Put(memory, (ReadOnlySpan<byte>)received.Written);
        header.SeqsAt = Put(memory, (ReadOnlySpan<byte>)seqs.Written);
        header.ShapeCodesAt = Put(memory, (ReadOnlySpan<byte>)shapeCodes.Written);
        header.ShapeEndsAt = Put(memory, MemoryMarshal.AsBytes(shapes.Ends));
        header.ShapeTextAt = Put(memory, shapes.Text);
        header.ShapeTextLength = shapes.Text.Length;
        memory.Align();
        header.DirectoryAt = memory.Length;
        memory.Take(columns.Length * sizeof(PackedLayout.ColumnEntry)).Clear();
        for (var i = 0; i < columns.Length; i++)
        {
            var entry = PutColumn(memory, columns[i], rows);
            MemoryMarshal.Write(memory.Written[(header.DirectoryAt + (i * sizeof(PackedLayout.ColumnEntry)))..], entry);
        }
        memory.Align();
        header.Length = memory.Length;
        MemoryMarshal.Write(memory.Written, header);
        return new PackedBatch(memory);
    }

    protected override void Free()
    {
        memory.Dispose();
    }

    private static PackedLayout.ColumnEntry PutColumn(NativeBuffer memory, ColumnBuilder column, int rows)
    {
        var entry = new PackedLayout.ColumnEntry
        {
            NameHash = column.Field.Hash,
            NameLength = column.Field.Utf8.Length,
            NameAt = Put(memory, column.Field.Utf8),
            Values = column.Count,
            Dense = column.Count == rows ? (byte)1 : (byte)0,
            OneKind = 1,
        };
        if (entry.Dense == 0)
        {
            entry.RowsAt = Put(memory, MemoryMarshal.AsBytes(column.Rows));
        }
        if (column.Names is { } names)
        {
            entry.Shape = ColumnShape.Dictionary;
            entry.Entries = names.Names.Count;
            entry.CodesAt = Put(memory, MemoryMarshal.AsBytes(column.Codes));
            memory.Align();
            entry.EndsAt = memory.Length;
            var end = 0;
            foreach (var name in names.Names)
            {
                memory.Append(end += name.Length);
            }
            entry.TextAt = memory.Length;
            entry.TextLength = end;
            foreach (var name in names.Names)
            {
                memory.Append((ReadOnlySpan<byte>)name);
            }
            return entry;
        }
        entry.Shape = ColumnShape.Text;
        entry.Entries = column.Count;
        entry.Kind = column.Kinds[0];
        if (column.Kinds.ContainsAnyExcept(entry.Kind))
        {
            entry.OneKind = 0;
            entry.KindsAt = Put(memory, MemoryMarshal.AsBytes(column.Kinds));
        }
        entry.EndsAt = Put(memory, MemoryMarshal.AsBytes(column.Ends));
        entry.TextAt = Put(memory, column.Text.Written);
        entry.TextLength = column.Text.Length;
        return entry;
    }

    private static int Put(NativeBuffer memory, ReadOnlySpan<byte> bytes)
    {
        memory.Align();
        var at = memory.Length;
        memory.Append(bytes);
        return at;
    }

    private static Field KnownName(ReadOnlySpan<byte> name) =>
        Names.TryGetValue(Field.HashOf(name), out var known) && name.SequenceEqual(known.Utf8) ? known : Field.FromUtf8(name);

    // The known fields' names are shared, so that opening a small batch makes no strings.
    private static readonly Dictionary<ulong, Field> Names = EventSchema.Fields.Select(known => known.Field).Concat(EventSchema.Own).Append(Overflow.Field).ToDictionary(field => field.Hash);

    private int Find(Field field)
    {
        var directory = Directory;
        var (low, high) = (0, directory.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var hash = directory[middle].NameHash;
            if (hash == field.Hash)
            {
                return fields[middle].Name == field.Name ? middle : FindAmongEqual(field, middle);
            }
            (low, high) = hash < field.Hash ? (middle + 1, high) : (low, middle - 1);
        }
        return -1;
    }

    private int FindAmongEqual(Field field, int near)
    {
        // Two names of one 64-bit hash: possible to make on purpose, so looked for around the place.
        for (var i = 0; i < fields.Length; i++)
        {
            if (i != near && fields[i].Equals(field))
            {
                return i;
            }
        }
        return -1;
    }

    private ReadOnlySpan<T> At<T>(int offset, int count) where T : unmanaged => new(memory.Pointer + offset, count);
}
