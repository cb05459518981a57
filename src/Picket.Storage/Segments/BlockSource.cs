using System.Runtime.InteropServices;
using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Query.Store;
using Picket.Storage.Cache;
using Picket.Storage.Encodings;

namespace Picket.Storage.Segments;

/// <summary>A segment's block as a source of columns: each is taken from the cache, or read and decoded, when it is first asked for, and held until the block is let go. Thread-safe.</summary>
internal sealed class BlockSource : ColumnSource
{
    private readonly Segment segment;
    private readonly int number;
    private readonly BlockHeader header;
    private readonly ScanCounts? counts;
    private readonly Lock gate = new();
    private readonly Dictionary<(int Column, int Variant), CachedPart> parts = [];
    private int[]? shapeCodes;

    /// <param name="counts">Told what had to be decoded; null when nobody asks.</param>
    public BlockSource(Segment segment, int number, BlockHeader header, ScanCounts? counts)
    {
        ObjectDisposedException.ThrowIf(!segment.TryHold(), segment);
        (this.segment, this.number, this.header, this.counts) = (segment, number, header, counts);
    }

    public override int Count => header.Rows;
    public override ReadOnlySpan<long> Times => Numbers<long>(SystemColumns.Time);
    public override ReadOnlySpan<long> Received => Numbers<long>(SystemColumns.Received);
    public override ReadOnlySpan<ulong> Seqs => Numbers<ulong>(SystemColumns.Seq);
    public override ReadOnlySpan<uint> Tenants => Numbers<uint>(SystemColumns.Tenant);
    public override IReadOnlyList<Field> Fields => [.. header.Columns.Where(column => !SystemColumns.IsOne(column.Field)).Select(column => column.Field)];

    public override ReadOnlySpan<int> ShapeCodes
    {
        get
        {
            if (shapeCodes is null)
            {
                // Two threads at once make two equal ones.
                TryLoadOwn(SystemColumns.Shape, out var shapes);
                var codes = new int[Count];
                for (var row = 0; row < codes.Length; row++)
                {
                    codes[row] = shapes.Entry(row);
                }
                shapeCodes = codes;
            }
            return shapeCodes;
        }
    }

    public override long Bytes
    {
        get
        {
            lock (gate)
            {
                return parts.Values.Sum(part => part.Bytes);
            }
        }
    }

    public override ReadOnlySpan<byte> Shape(int code)
    {
        TryLoadOwn(SystemColumns.Shape, out var shapes);
        return shapes.Entries[code].Text;
    }

    public override bool TryLoadOwn(Field field, out Column column)
    {
        column = default;
        var index = header.Find(field);
        if (index < 0)
        {
            return false;
        }
        column = Part(index, 0, (ref Files.ByteReader reader) =>
        {
            var memory = new ColumnMemory();
            try
            {
                Values.Read(ref reader, Count, memory);
                return new DecodedColumn(memory);
            }
            catch
            {
                memory.Dispose();
                throw;
            }
        }).Memory.View(Count);
        return true;
    }

    public override bool TryLoadNumbers(Field field, out Numbers numbers)
    {
        numbers = default;
        var index = header.Find(field);
        if (index < 0 || !header.Columns[index].Facts.IsDirect || HasOverflow)
        {
            return false;
        }
        var part = Part(index, 1, (ref Files.ByteReader reader) =>
        {
            var (values, rows) = (new NativeBuffer(), new ColumnMemory());
            try
            {
                return new DecodedNumbers(values, rows, Values.ReadNumbers(ref reader, Count, rows, values));
            }
            catch
            {
                values.Dispose();
                rows.Dispose();
                throw;
            }
        });
        numbers = part.View();
        return part.Divisor > 0;
    }

    protected override bool HasOverflow => header.Find(Overflow.Field) >= 0;

    protected override void Free()
    {
        foreach (var part in parts.Values)
        {
            part.Release();
        }
        segment.Dispose();
    }

    // Kept at the width they are asked in.
    private ReadOnlySpan<T> Numbers<T>(Field field) where T : unmanaged
    {
        var index = header.Find(field);
        if (index < 0)
        {
            throw new CorruptDataException(segment.Name, 0, "a block has no system column");
        }
        return Part(index, 2, (ref Files.ByteReader reader) =>
        {
            var values = new NativeBuffer();
            try
            {
                if (typeof(T) == typeof(uint))
                {
                    var wide = Integers.Scratch(Count);
                    Integers.Read(ref reader, wide);
                    foreach (var value in wide)
                    {
                        values.Append((uint)value);
                    }
                }
                else
                {
                    Integers.Read(ref reader, MemoryMarshal.Cast<byte, long>(values.Take(Count * sizeof(long))));
                }
                return new DecodedNumbers(values, null, 1);
            }
            catch
            {
                values.Dispose();
                throw;
            }
        }).As<T>();
    }

    private T Part<T>(int index, int variant, ColumnDecoder<T> decode) where T : CachedPart
    {
        lock (gate)
        {
            if (!parts.TryGetValue((index, variant), out var part))
            {
                parts.Add((index, variant), part = segment.Part(number, index, variant, header.Columns[index], Counted));
            }
            return (T)part;
        }

        T Counted(ref Files.ByteReader reader)
        {
            counts?.Decode(header.Columns[index].Length);
            return decode(ref reader);
        }
    }
}
