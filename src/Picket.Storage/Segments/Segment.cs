using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Query.Store;
using Picket.Storage.Cache;
using Picket.Storage.Files;
using Picket.Storage.Index;

namespace Picket.Storage.Segments;

/// <summary>
/// An open segment. Whoever reads it holds it by <see cref="TryHold"/>; a file no longer wanted is deleted when the last lets go. What is read goes
/// through the cache, its checksum verified on the way in. Reading is thread-safe.
/// </summary>
internal sealed class Segment : IDisposable
{
    private const long PagePlaces = long.MinValue;
    private const long DirectoryPlace = -1;
    private const long CubePlace = -2;

    private readonly IStorageFiles files;
    private readonly IStorageFile file;
    private readonly PartCache<PartKey> cache;
    private readonly Dictionary<Field, FieldEntry> fields;
    private int holders = 1;
    private bool deleteWhenUnused;

    private Segment(IStorageFiles files, IStorageFile file, PartCache<PartKey> cache)
    {
        (this.files, this.file, this.cache) = (files, file, cache);
        Number = SegmentKind.NumberOf(file.Name);
        Footer = SegmentFooter.Open(file);
        fields = Footer.Fields.ToDictionary(entry => entry.Field);
        Index = new FingerprintIndex(file, Footer.Index, Footer.Blocks);
        HasOverflow = fields.ContainsKey(Overflow.Field);
        Bytes = file.Length;
    }

    public string Name => file.Name;
    public long Number { get; }
    public SegmentFooter Footer { get; }
    public SegmentKind Kind => Footer.Kind;
    public RowBounds Bounds => Footer.Bounds;
    public long Bytes { get; }
    public FingerprintIndex Index { get; }

    /// <summary>Some block has fields without columns.</summary>
    public bool HasOverflow { get; }

    /// <summary>Bytes of memory it takes as long as it is open, near enough.</summary>
    public long OpenBytes => 1_024 + (fields.Count * 160L) + (Footer.Groups.Count * 112L);

    /// <exception cref="CorruptDataException">Its footer is damaged.</exception>
    public static Segment Open(IStorageFiles files, string name, PartCache<PartKey> cache)
    {
        var file = files.Open(name);
        try
        {
            return new Segment(files, file, cache);
        }
        catch
        {
            file.Dispose();
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
            cache.Forget(key => key.Segment == Number);
            file.Dispose();
            if (deleteWhenUnused)
            {
                try
                {
                    files.Delete(Name);
                }
                catch (IOException)
                {
                    // No edit names it, so the next start deletes it.
                }
            }
        }
    }

    public bool TryGetField(Field field, out FieldEntry entry) => fields.TryGetValue(field, out entry);

    /// <summary>A block as a batch; its columns are read and decoded when asked for.</summary>
    /// <param name="counts">Told what had to be decoded.</param>
    public EventBatch Block(int number, BlockHeader header, ScanCounts? counts = null) => new(new BlockSource(this, number, header, counts));

    /// <summary>The headers of a group's blocks.</summary>
    public BlockHeader[] Headers(BlockGroup group)
    {
        var page = cache.Get(new PartKey(Number, PagePlaces + group.FirstBlock), () =>
        {
            using var bytes = new NativeBuffer();
            var reader = ReadSection(new Section(group.PageOffset, group.PageLength), bytes, "the blocks' headers");
            var names = Footer.Fields.Select(entry => entry.Field).ToArray();
            var headers = new BlockHeader[group.Blocks];
            for (var i = 0; i < headers.Length; i++)
            {
                headers[i] = BlockHeader.Read(ref reader, names);
            }
            return new HeaderPage(headers);
        });
        page.Release();
        return page.Headers;
    }

    /// <summary>Whose rows are in it.</summary>
    public TenantDirectory Directory()
    {
        var directory = cache.Get(new PartKey(Number, DirectoryPlace), () =>
        {
            using var bytes = new NativeBuffer();
            var reader = ReadSection(Footer.Directory, bytes, "the directory of tenants");
            return TenantDirectory.Read(ref reader);
        });
        directory.Release();
        return directory;
    }

    /// <summary>Its counts, or null when it has none. The caller releases it.</summary>
    public CountCube? Cube() => Footer.Cube.Length == 0 ? null : cache.Get(new PartKey(Number, CubePlace), () =>
    {
        using var bytes = new NativeBuffer();
        var reader = ReadSection(Footer.Cube, bytes, "the cube of counts");
        return CountCube.Read(ref reader);
    });

    /// <summary>A column's bytes, the checksum in front, verified.</summary>
    public void CopyColumn(ColumnPlace place, NativeBuffer into)
    {
        var bytes = into.Take(place.Length);
        if (place.Length < sizeof(uint) || file.Read(bytes, place.Offset) != place.Length
            || BitConverter.ToUInt32(bytes) != Checksum.Of(bytes[sizeof(uint)..]))
        {
            throw new CorruptDataException(Name, place.Offset, $"the checksum of column {place.Field} does not match");
        }
    }

    /// <summary>A part of a block, from the cache or read and decoded. The caller releases it.</summary>
    /// <param name="block">The block's number.</param>
    /// <param name="column">The column's index in the block's header.</param>
    /// <param name="variant">Tells apart several decodings of one column; 0 to 3.</param>
    public T Part<T>(int block, int column, int variant, ColumnPlace place, ColumnDecoder<T> decode) where T : CachedPart =>
        cache.Get(new PartKey(Number, ((long)block << 24) | ((long)column << 2) | (uint)variant), () =>
        {
            using var bytes = new NativeBuffer();
            CopyColumn(place, bytes);
            var reader = new ByteReader(bytes.Written[sizeof(uint)..], Name);
            return decode(ref reader);
        });

    private ByteReader ReadSection(Section section, NativeBuffer bytes, string what)
    {
        var read = bytes.Take(section.Length);
        if (section.Length < sizeof(uint) || file.Read(read, section.Offset) != section.Length || BitConverter.ToUInt32(read) != Checksum.Of(read[sizeof(uint)..]))
        {
            throw new CorruptDataException(Name, section.Offset, $"the checksum of {what} does not match");
        }
        return new ByteReader(read[sizeof(uint)..], Name);
    }
}

/// <summary>Decodes a column whose checksum was found right.</summary>
internal delegate T ColumnDecoder<out T>(ref ByteReader reader);
