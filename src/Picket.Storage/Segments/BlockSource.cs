using System.Runtime.InteropServices;
using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Storage.Encodings;
using Picket.Storage.Files;

namespace Picket.Storage.Segments;

/// <summary>A segment's block as a source of columns: each is read, checked and decoded when it is first asked for, and kept until the block is let go. Thread-safe.</summary>
internal sealed class BlockSource : ColumnSource
{
    private readonly Segment segment;
    private readonly BlockHeader block;
    private readonly Lock gate = new();
    private readonly Dictionary<Field, DecodedColumn> decoded = [];
    private readonly Dictionary<Field, NativeBuffer> numbers = [];
    private readonly Dictionary<Field, ColumnPlace> places;

    public BlockSource(Segment segment, BlockHeader block)
    {
        ObjectDisposedException.ThrowIf(!segment.TryHold(), segment);
        this.segment = segment;
        this.block = block;
        places = block.Columns.ToDictionary(column => column.Field);
        Fields = [.. places.Keys.Where(field => field.Name is not ['\0', ..])];
    }

    public override int Count => block.Rows;
    public override ReadOnlySpan<long> Times => Numbers<long>(SystemColumns.Time);
    public override ReadOnlySpan<long> Received => Numbers<long>(SystemColumns.Received);
    public override ReadOnlySpan<ulong> Seqs => Numbers<ulong>(SystemColumns.Seq);
    public override ReadOnlySpan<uint> Tenants => Numbers<uint>(SystemColumns.Tenant);
    public override ReadOnlySpan<int> ShapeCodes => Numbers<int>(SystemColumns.Shape);
    public override IReadOnlyList<Field> Fields { get; }

    public override long Bytes
    {
        get
        {
            lock (gate)
            {
                return decoded.Values.Sum(column => column.Bytes) + numbers.Values.Sum(buffer => (long)buffer.Capacity);
            }
        }
    }

    public override ReadOnlySpan<byte> Shape(int code) => segment.Shape(code);

    public override bool TryLoad(Field field, out Column column)
    {
        column = default;
        if (!places.TryGetValue(field, out var place) || field.Name is ['\0', ..])
        {
            return false;
        }
        lock (gate)
        {
            if (!decoded.TryGetValue(field, out var loaded))
            {
                using var bytes = new NativeBuffer();
                segment.ReadColumn(place, bytes);
                var reader = new ByteReader(bytes.Written[sizeof(uint)..], segment.Name);
                decoded.Add(field, loaded = Values.Read(ref reader, block.Rows));
            }
            column = loaded.View(block.Rows);
            return true;
        }
    }

    protected override void Free()
    {
        foreach (var column in decoded.Values)
        {
            column.Dispose();
        }
        foreach (var buffer in numbers.Values)
        {
            buffer.Dispose();
        }
        segment.Dispose();
    }

    // Kept at the width they are asked in.
    private ReadOnlySpan<T> Numbers<T>(Field field) where T : unmanaged
    {
        lock (gate)
        {
            if (!numbers.TryGetValue(field, out var buffer))
            {
                using var bytes = new NativeBuffer();
                segment.ReadColumn(places[field], bytes);
                var reader = new ByteReader(bytes.Written[sizeof(uint)..], segment.Name);
                using var wide = new NativeBuffer();
                var values = MemoryMarshal.Cast<byte, long>(wide.Take(block.Rows * sizeof(long)));
                Integers.Read(ref reader, values);
                buffer = new NativeBuffer();
                foreach (var value in values)
                {
                    Append<T>(buffer, value);
                }
                numbers.Add(field, buffer);
            }
            return buffer.As<T>();
        }
    }

    private static void Append<T>(NativeBuffer buffer, long value) where T : unmanaged
    {
        if (System.Runtime.CompilerServices.Unsafe.SizeOf<T>() == sizeof(int))
        {
            buffer.Append((int)value);
        }
        else
        {
            buffer.Append(value);
        }
    }
}
