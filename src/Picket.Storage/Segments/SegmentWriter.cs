using System.Runtime.InteropServices;
using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Storage.Files;
using Picket.Storage.Index;

namespace Picket.Storage.Segments;

/// <summary>
/// Writes one segment: groups of blocks, each stored column by column with its headers behind it; the index; the directory of tenants; the cube; the footer and
/// the trailer. <c>docs/design/storage.md</c> has the bytes. Nothing stands under the segment's name before <see cref="Finish"/>.
/// </summary>
internal sealed class SegmentWriter : IDisposable
{
    private const int WriteBytes = 1 << 20;

    private readonly IStorageFiles files;
    private readonly string name;
    private readonly SegmentKind kind;
    private readonly IStorageFile file;
    private readonly WriterMemory memory;
    private readonly BlockWriter blockWriter;
    private readonly NativeBuffer output;
    private readonly NativeBuffer scratch;
    private readonly GroupBuffer group;
    private readonly FingerprintRun run;
    private readonly HashSet<Field> fields = [];
    private readonly Dictionary<Field, FieldEntry> catalogue = [];
    private readonly Dictionary<Field, int> names = [];
    private readonly List<BlockGroup> groups = [];
    private readonly SortedDictionary<uint, long> tenants = [];
    private readonly Dictionary<uint, long> rowsOf = [];
    private readonly CubeBuilder cube = new();
    private readonly List<(string Name, IStorageFile File, IndexPlace Place)> spilled = [];
    private RowBounds bounds = RowBounds.None;
    private int blocks;
    private long written;
    private bool isFinished;

    /// <param name="memory">Scratch, of this writer alone until it is disposed.</param>
    public SegmentWriter(IStorageFiles files, string name, SegmentKind kind, WriterMemory memory)
    {
        (this.files, this.name, this.kind, this.memory) = (files, name, kind, memory);
        (blockWriter, output, scratch, group, run) = (memory.Blocks, memory.Output, memory.Scratch, memory.Group, memory.Run);
        file = files.Create(name + ".tmp", 0);
        output.Append(SegmentFooter.Magic);
        output.Append((ulong)SegmentFooter.Version);
    }

    /// <summary>Blocks there are so far.</summary>
    public int Blocks => blocks;

    /// <summary>Adds rows as one block; they are in order of tenant, time and number, and at most <see cref="Limits.BlockRows"/>.</summary>
    /// <param name="count">Whether the rows are to be counted here; when segments are merged their counts are added whole instead.</param>
    public void Add(IReadOnlyList<EventBatch> batches, ReadOnlySpan<RowRef> rows, int rewrites, bool count)
    {
        var start = group.Bytes.Length;
        var header = blockWriter.Write(group.Bytes, batches, rows, rewrites, fields, count ? cube : null);
        if (count)
        {
            foreach (var tenant in blockWriter.Tenants)
            {
                CollectionsMarshal.GetValueRefOrAddDefault(rowsOf, tenant, out _)++;
            }
        }
        run.Add(blockWriter.Tokens, blocks);
        End(header, start);
        if (run.Count > Limits.IndexPairs)
        {
            Spill();
        }
    }

    /// <summary>Adds another segment's block as it is, without decoding it. Its tokens come with <see cref="Finish"/>.</summary>
    public void Copy(Segment from, BlockHeader header)
    {
        var start = group.Bytes.Length;
        var places = new ColumnPlace[header.Columns.Length];
        for (var i = 0; i < places.Length; i++)
        {
            var column = header.Columns[i];
            places[i] = column with { Offset = group.Bytes.Length - start };
            from.CopyColumn(column, group.Bytes);
            if (!SystemColumns.IsOne(column.Field))
            {
                fields.Add(column.Field);
            }
        }
        End(header with { Columns = places }, start);
    }

    /// <summary>Adds what a merged segment says of its tenants and combinations.</summary>
    public void AddCounts(TenantDirectory directory, CountCube? counted)
    {
        directory.AddTo(tenants);
        if (counted is null)
        {
            cube.GiveUp();
        }
        else if (cube.IsWhole)
        {
            cube.Add(counted);
        }
    }

    /// <summary>Ends the file and publishes it under its name.</summary>
    /// <param name="copied">The indices of the segments whose blocks were copied.</param>
    public void Finish(IReadOnlyList<IndexSource> copied)
    {
        EndGroup();
        foreach (var (tenant, count) in rowsOf)
        {
            tenants[tenant] = tenants.GetValueOrDefault(tenant) + count;
        }
        var index = WriteIndex(copied);
        var directory = WriteSection(into => TenantDirectory.Write(into, tenants));
        var cubeSection = cube.IsWhole && cube.Count > 0 ? WriteSection(into => CountCube.Write(into, cube)) : default;
        var footerAt = written + output.Length;
        var entries = names.OrderBy(pair => pair.Value).Select(pair => catalogue[pair.Key]).ToArray();
        scratch.Clear();
        new SegmentFooter(kind, bounds, entries, groups, index, directory, cubeSection).Write(scratch);
        output.Append((ReadOnlySpan<byte>)scratch.Written);
        SegmentFooter.WriteTrailer(output, footerAt, scratch.Written);
        WriteOut();
        files.Publish(name + ".tmp", name);
        isFinished = true;
    }

    /// <summary>What was not finished is deleted.</summary>
    public void Dispose()
    {
        file.Dispose();
        foreach (var (_, open, _) in spilled)
        {
            open.Dispose();
        }
        foreach (var temporary in spilled.Select(spill => spill.Name).Concat(isFinished ? [] : [name + ".tmp"]))
        {
            try
            {
                files.Delete(temporary);
            }
            catch (IOException)
            {
                // The next start deletes it.
            }
        }
        memory.Clear();
    }

    private void End(BlockHeader header, int start)
    {
        foreach (var column in header.Columns)
        {
            names.TryAdd(column.Field, names.Count);
            catalogue[column.Field] = catalogue.GetValueOrDefault(column.Field, new FieldEntry(column.Field, 0, 0, 0, 0, false)).With(column);
        }
        group.Add(header, start);
        bounds.Add(header.Bounds);
        blocks++;
        if (group.Headers.Count == Limits.GroupBlocks || group.Bytes.Length > Limits.GroupBytes)
        {
            EndGroup();
        }
    }

    private void EndGroup()
    {
        if (group.Headers.Count == 0)
        {
            return;
        }
        var headers = group.WriteColumns(output, written, names, WriteOutWhenLarge);
        var pageAt = written + output.Length;
        scratch.Clear();
        scratch.Append(0u);
        var groupBounds = RowBounds.None;
        foreach (var header in headers)
        {
            header.Write(scratch, names);
            groupBounds.Add(header.Bounds);
        }
        BitConverter.TryWriteBytes(scratch.Written, Checksum.Of(scratch.Written[sizeof(uint)..]));
        output.Append((ReadOnlySpan<byte>)scratch.Written);
        groups.Add(new BlockGroup(blocks - headers.Count, headers.Count, groupBounds, pageAt, scratch.Length));
        group.Clear();
    }

    private IndexPlace WriteIndex(IReadOnlyList<IndexSource> copied)
    {
        var sources = copied.Concat(spilled.Select(spill => new IndexSource(new FingerprintIndex(spill.File, spill.Place, blocks), [.. Enumerable.Range(0, blocks)]))).ToArray();
        var most = run.Count + sources.Sum(source => source.Index.Pairs);
        if (most == 0)
        {
            return default;
        }
        var at = written + output.Length;
        using var writer = new FingerprintWriter(
            bytes =>
            {
                output.Append(bytes);
                WriteOutWhenLarge();
            },
            most, blocks);
        FingerprintMerge.Write(writer, run.Sorted(), sources);
        writer.Finish();
        return new IndexPlace(at, writer.PagesLength, writer.PageBits, writer.Pairs);
    }

    // The pairs so far go to a file of their own, an index of its own.
    private void Spill()
    {
        var spillName = $"{name}.{spilled.Count}.tmp";
        var spill = files.Create(spillName, 0);
        using var bytes = new NativeBuffer();
        var at = 0L;
        void Write()
        {
            spill.Write(bytes.Written, at);
            at += bytes.Length;
            bytes.Clear();
        }
        using var writer = new FingerprintWriter(
            part =>
            {
                bytes.Append(part);
                if (bytes.Length > WriteBytes)
                {
                    Write();
                }
            },
            run.Count, int.MaxValue);
        spilled.Add((spillName, spill, default));
        FingerprintMerge.Write(writer, run.Sorted(), []);
        writer.Finish();
        Write();
        spilled[^1] = (spillName, spill, new IndexPlace(0, writer.PagesLength, writer.PageBits, writer.Pairs));
        run.Clear();
    }

    private Section WriteSection(Action<NativeBuffer> write)
    {
        scratch.Clear();
        scratch.Append(0u);
        write(scratch);
        BitConverter.TryWriteBytes(scratch.Written, Checksum.Of(scratch.Written[sizeof(uint)..]));
        var section = new Section(written + output.Length, scratch.Length);
        output.Append((ReadOnlySpan<byte>)scratch.Written);
        WriteOutWhenLarge();
        return section;
    }

    private void WriteOutWhenLarge()
    {
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
}
