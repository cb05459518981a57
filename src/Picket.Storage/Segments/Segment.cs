using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Storage.Encodings;
using Picket.Storage.Files;

namespace Picket.Storage.Segments;

/// <summary>
/// An open segment. Whoever reads it holds it by <see cref="TryHold"/>; a file no longer wanted is deleted when the last lets go. Reading is
/// thread-safe.
/// </summary>
internal sealed class Segment : IDisposable
{
    private readonly IStorageFiles files;
    private readonly IStorageFile file;
    private readonly List<(int Start, int Length)> shapes = [];
    private readonly NativeBuffer shapeText = new();
    private int holders = 1;
    private bool deleteWhenUnused;

    private Segment(IStorageFiles files, IStorageFile file)
    {
        this.files = files;
        this.file = file;
    }

    public string Name => file.Name;
    public IReadOnlyList<BlockHeader> Blocks { get; private set; } = [];
    public long Events => Blocks.Sum(block => (long)block.Rows);
    public long Bytes => file.Length;

    /// <exception cref="CorruptDataException">Its footer or shapes are damaged.</exception>
    public static Segment Open(IStorageFiles files, string name)
    {
        var file = files.Open(name);
        var segment = new Segment(files, file);
        try
        {
            segment.ReadFooter();
            return segment;
        }
        catch
        {
            segment.Dispose();
            throw;
        }
    }

    public bool TryHold()
    {
        var now = Volatile.Read(ref holders);
        while (now > 0)
        {
            var seen = Interlocked.CompareExchange(ref holders, now + 1, now);
            if (seen == now)
            {
                return true;
            }
            now = seen;
        }
        return false;
    }

    /// <summary>To be called before the owner's <see cref="Dispose"/>.</summary>
    public void DeleteWhenUnused() => deleteWhenUnused = true;

    public void Dispose()
    {
        if (Interlocked.Decrement(ref holders) == 0)
        {
            file.Dispose();
            shapeText.Dispose();
            if (deleteWhenUnused)
            {
                files.Delete(Name);
            }
        }
    }

    /// <summary>A block as a batch; its columns are read and decoded when asked for.</summary>
    public EventBatch Block(BlockHeader block) => new(new BlockSource(this, block));

    internal ReadOnlySpan<byte> Shape(int code) =>
        (uint)code < (uint)shapes.Count
            ? shapeText.Written.Slice(shapes[code].Start, shapes[code].Length)
            : throw new CorruptDataException(Name, 0, $"shape {code} of {shapes.Count}");

    /// <summary>A column's bytes after its checksum was found right.</summary>
    internal void ReadColumn(ColumnPlace place, NativeBuffer into)
    {
        var bytes = into.Take(place.Length);
        if (place.Length < sizeof(uint) || file.Read(bytes, place.Offset) != place.Length
            || BitConverter.ToUInt32(bytes) != Checksum.Of(bytes[sizeof(uint)..]))
        {
            throw new CorruptDataException(Name, place.Offset, $"the checksum of column {place.Field} does not match");
        }
    }

    private void ReadFooter()
    {
        var length = file.Length;
        Span<byte> trailer = stackalloc byte[SegmentWriter.TrailerBytes];
        if (length < SegmentWriter.HeaderBytes + trailer.Length || file.Read(trailer, length - trailer.Length) != trailer.Length
            || !trailer[32..].SequenceEqual(SegmentWriter.Header))
        {
            throw new CorruptDataException(Name, length, "a segment's trailer was expected at its end");
        }
        var reader = new ByteReader(trailer, Name);
        var (shapesAt, footerAt) = (reader.Read<long>(), reader.Read<long>());
        var footerLength = reader.Read<int>();
        var checksum = reader.Read<uint>();
        var version = reader.Read<ushort>();
        if (version != SegmentWriter.Version)
        {
            throw new CorruptDataException(Name, length, $"format version {version}; this picket reads {SegmentWriter.Version}");
        }
        if (shapesAt < 0 || footerAt < shapesAt + sizeof(uint) || footerAt + footerLength + trailer.Length != length || footerAt - shapesAt > int.MaxValue)
        {
            throw new CorruptDataException(Name, length, "the trailer's places lie outside of the file");
        }
        using var memory = new NativeBuffer();
        var bytes = memory.Take((int)(footerAt - shapesAt) + footerLength);
        file.Read(bytes, shapesAt);
        var footer = bytes[^footerLength..];
        if (Checksum.Of(footer) != checksum)
        {
            throw new CorruptDataException(Name, footerAt, "the footer's checksum does not match");
        }
        ReadShapes(bytes[..^footerLength], shapesAt);
        ReadBlocks(footer);
    }

    private void ReadShapes(ReadOnlySpan<byte> bytes, long at)
    {
        if (BitConverter.ToUInt32(bytes) != Checksum.Of(bytes[sizeof(uint)..]))
        {
            throw new CorruptDataException(Name, at, "the shapes' checksum does not match");
        }
        var compressed = new ByteReader(bytes[sizeof(uint)..], Name);
        Codec.Read(ref compressed, shapeText);
        var reader = new ByteReader(shapeText.Written, Name);
        while (!reader.AtEnd)
        {
            var length = reader.Count(shapeText.Length);
            shapes.Add((reader.Position, length));
            reader.Take(length);
        }
    }

    private void ReadBlocks(ReadOnlySpan<byte> footer)
    {
        var reader = new ByteReader(footer, Name);
        var names = new Field[reader.Count(1_000_000)];
        for (var i = 0; i < names.Length; i++)
        {
            names[i] = Field.FromUtf8(reader.Take(reader.Count(footer.Length)));
        }
        var blocks = new BlockHeader[reader.Count(10_000_000)];
        for (var i = 0; i < blocks.Length; i++)
        {
            blocks[i] = BlockHeader.Read(ref reader, names);
        }
        Blocks = blocks;
    }
}
