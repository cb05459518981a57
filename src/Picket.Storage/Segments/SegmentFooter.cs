using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Storage.Files;
using Picket.Storage.Index;

namespace Picket.Storage.Segments;

/// <summary>A part of the file: where it begins and how long it is, checksum included. Of length 0: not there.</summary>
internal readonly record struct Section(long Offset, int Length);

/// <summary>
/// The end of a segment, by which it is opened: what it holds and where everything is. Before it in the file stand the blocks, the groups' headers and the sections;
/// after it the trailer of fixed length that says where it begins.
/// </summary>
internal sealed record SegmentFooter(
    SegmentKind Kind, RowBounds Bounds, IReadOnlyList<FieldEntry> Fields, IReadOnlyList<BlockGroup> Groups, IndexPlace Index, Section Directory, Section Cube)
{
    public const int TrailerBytes = 40;
    public const ushort Version = 1;

    public static ReadOnlySpan<byte> Magic => "PKSEG\0\0\0"u8;

    public int Blocks => Groups.Count == 0 ? 0 : Groups[^1].FirstBlock + Groups[^1].Blocks;

    public void Write(NativeBuffer into)
    {
        into.AppendVarint((ulong)(Kind.Day + 1));
        into.AppendVarint((ulong)(Kind.ExpiryDay + 1));
        into.Append((byte)Kind.Level);
        Bounds.Write(into);
        into.AppendVarint((ulong)Fields.Count);
        foreach (var entry in Fields)
        {
            into.AppendVarint((ulong)entry.Field.Utf8.Length);
            into.Append(entry.Field.Utf8);
            into.AppendVarint((ulong)entry.Values);
            into.AppendVarint(entry.Kinds);
            into.AppendVarint((ulong)entry.TextBytes);
            into.AppendVarint((ulong)entry.Bytes);
            into.Append((byte)(entry.IsDirect ? 1 : 0));
        }
        into.AppendVarint((ulong)Groups.Count);
        foreach (var group in Groups)
        {
            into.AppendVarint((ulong)group.Blocks);
            group.Bounds.Write(into);
            into.AppendVarint((ulong)group.PageOffset);
            into.AppendVarint((ulong)group.PageLength);
        }
        into.AppendVarint((ulong)Index.Offset);
        into.AppendVarint((ulong)Index.PagesLength);
        into.AppendVarint((ulong)Index.PageBits);
        into.AppendVarint((ulong)Index.Pairs);
        WriteSection(into, Directory);
        WriteSection(into, Cube);
    }

    public static void WriteTrailer(NativeBuffer into, long footerAt, ReadOnlySpan<byte> footer)
    {
        into.Append(footerAt);
        into.Append(footer.Length);
        into.Append(Checksum.Of(footer));
        into.Append(Version);
        into.Append((ushort)0);
        into.Append(0);
        into.Append(0L);
        into.Append(Magic);
    }

    /// <summary>Reads the trailer and the footer it names.</summary>
    /// <exception cref="CorruptDataException">They are damaged, or of a version this picket does not read.</exception>
    public static SegmentFooter Open(IStorageFile file)
    {
        var length = file.Length;
        Span<byte> trailer = stackalloc byte[TrailerBytes];
        if (length < TrailerBytes || file.Read(trailer, length - TrailerBytes) != TrailerBytes || !trailer[32..].SequenceEqual(Magic))
        {
            throw new CorruptDataException(file.Name, length, "a segment's trailer was expected at its end");
        }
        var reader = new ByteReader(trailer, file.Name);
        var (footerAt, footerLength, checksum, version) = (reader.Read<long>(), reader.Read<int>(), reader.Read<uint>(), reader.Read<ushort>());
        if (version != Version)
        {
            throw new CorruptDataException(file.Name, length, $"format version {version}; this picket reads {Version}");
        }
        if (footerAt < 0 || footerLength < 0 || footerAt + footerLength + TrailerBytes != length)
        {
            throw new CorruptDataException(file.Name, length, "the trailer's places lie outside of the file");
        }
        using var memory = new NativeBuffer();
        var bytes = memory.Take(footerLength);
        if (file.Read(bytes, footerAt) != footerLength || Checksum.Of(bytes) != checksum)
        {
            throw new CorruptDataException(file.Name, footerAt, "the footer's checksum does not match");
        }
        var footer = new ByteReader(bytes, file.Name);
        return Read(ref footer);
    }

    private static SegmentFooter Read(ref ByteReader reader)
    {
        var kind = new SegmentKind(reader.Count(int.MaxValue) - 1, reader.Count(int.MaxValue) - 1, reader.Read<byte>());
        var bounds = RowBounds.Read(ref reader);
        var fields = new List<FieldEntry>();
        for (var left = reader.Count(1_000_000); left > 0; left--)
        {
            var field = Field.FromUtf8(reader.Take(reader.Count(int.MaxValue)));
            fields.Add(new FieldEntry(field, (long)reader.Varint(), (ushort)reader.Count(ushort.MaxValue), (long)reader.Varint(), (long)reader.Varint(), reader.Read<byte>() == 1));
        }
        var groups = new List<BlockGroup>();
        var block = 0;
        for (var left = reader.Count(10_000_000); left > 0; left--)
        {
            var blocks = reader.Count(Limits.GroupBlocks);
            groups.Add(new BlockGroup(block, blocks, RowBounds.Read(ref reader), (long)reader.Varint(), reader.Count(int.MaxValue)));
            block += blocks;
        }
        var index = new IndexPlace((long)reader.Varint(), (long)reader.Varint(), reader.Count(30), (long)reader.Varint());
        return new SegmentFooter(kind, bounds, fields, groups, index, ReadSection(ref reader), ReadSection(ref reader));
    }

    private static void WriteSection(NativeBuffer into, Section section)
    {
        into.AppendVarint((ulong)section.Offset);
        into.AppendVarint((ulong)section.Length);
    }

    private static Section ReadSection(ref ByteReader reader) => new((long)reader.Varint(), reader.Count(int.MaxValue));
}
