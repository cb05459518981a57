using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Storage.Encodings;
using Picket.Storage.Files;
using Picket.Storage.Log;
using Picket.Storage.Manifest;
using Picket.Storage.Segments;
using Picket.Testing;

namespace Picket.Storage.Tests.Encodings;

/// <summary>
/// Every reader of bytes from files, given bytes that are almost right: what passed a checksum and is wrong all the same. It answers or says that the file is damaged; it never does
/// anything else, and never takes memory without bound.
/// </summary>
public sealed class FuzzTests : ReturnsItsMemory
{
    private delegate void Reading(ref ByteReader reader);

    [Fact]
    public void A_column_of_wrong_bytes_is_an_error_or_a_column() => Property.Holds(2_000, random =>
    {
        var rowCount = random.Next(1, 300);
        using var column = ValuesTests.RandomColumn(random, rowCount);
        if (column.EntryCount == 0)
        {
            return;
        }
        using var bytes = new NativeBuffer();
        using var dictionary = new ValueDictionary();
        Values.Write(bytes, column.View(rowCount), dictionary);
        Mutate(random, bytes);
        Read(bytes, (ref ByteReader reader) =>
        {
            using var into = new ColumnMemory();
            Values.Read(ref reader, rowCount, into);
            var view = into.View(rowCount);
            for (var i = 0; i < view.ValueCount; i++)
            {
                Assert.InRange(view.Row(i), 0, rowCount - 1);
                _ = view.Entries[view.Entry(i)].Text.Length;
            }
        });
        Read(bytes, (ref ByteReader reader) =>
        {
            using var rows = new ColumnMemory();
            using var into = new NativeBuffer();
            Values.ReadNumbers(ref reader, rowCount, rows, into);
        });
        Read(bytes, (ref ByteReader reader) => Values.Describe(ref reader, rowCount));
    });

    [Fact]
    public void Headers_footers_directories_and_notes_of_wrong_bytes_are_errors() => Property.Holds(2_000, random =>
    {
        using var bytes = new NativeBuffer();
        var names = new Field[] { new("a"), new("b") };
        var bounds = RowBounds.None;
        bounds.Add(1, 2, 3, 4);
        var places = names.Select(name => new ColumnPlace(name, 16, 100, new ColumnFacts(1, 1, 5, new NumberRange(1, 2), false))).ToArray();
        new BlockHeader(bounds, 1, places).Write(bytes, names.Select((name, at) => (name, at)).ToDictionary(pair => pair.name, pair => pair.at));
        MutateAndRead(random, bytes, (ref ByteReader reader) => BlockHeader.Read(ref reader, names));

        bytes.Clear();
        TenantDirectory.Write(bytes, new SortedDictionary<uint, long> { [1] = 5, [900] = 7 });
        MutateAndRead(random, bytes, (ref ByteReader reader) => TenantDirectory.Read(ref reader));

        bytes.Clear();
        var notes = new RecordNotes();
        notes.Keys.Add(new KeyEntry(new(1), new(2, 3), 4, 5, 6));
        notes.Marks.Add(new BookmarkEntry(new(1), new("file", "offset 5")));
        new ManifestEdit(["segments/a.seg"], ["segments/b.seg"], 77, notes).Write(bytes);
        MutateAndRead(random, bytes, (ref ByteReader reader) => ManifestEdit.Read(ref reader));

        bytes.Clear();
        using var batch = Some.Batch("""{"app":"a","level":"error"}""", """{"app":"b","event_type":"x"}""");
        var cube = new CubeBuilder();
        var counted = new CountCube(batch.Share(), [3, 4]);
        cube.Add(counted);
        counted.Release();
        CountCube.Write(bytes, cube);
        MutateAndRead(random, bytes, (ref ByteReader reader) => CountCube.Read(ref reader).Release());
    });

    [Fact]
    public void A_packed_batch_of_wrong_bytes_is_refused_or_can_be_read() => Property.Holds(1_500, random =>
    {
        var events = new RandomEvents(random);
        using var batch = Some.Batch([.. Enumerable.Range(0, random.Next(1, 20)).Select(_ => events.Next())]);
        var memory = new NativeBuffer();
        memory.Append(((PackedBatch)batch.Source).Packed);
        Mutate(random, memory);
        if (!PackedBatch.TryOpen(memory, out var opened))
        {
            memory.Dispose();
            return;
        }
        using var read = new EventBatch(opened);
        foreach (var field in read.Fields)
        {
            if (read.TryGetColumn(field, out var column))
            {
                for (var row = 0; row < read.Count; row++)
                {
                    column.TryGet(row, out _);
                }
            }
        }
        for (var row = 0; row < read.Count; row++)
        {
            _ = read[row].Shape.Length;
        }
    });

    private static void MutateAndRead(Random random, NativeBuffer bytes, Reading read)
    {
        Mutate(random, bytes);
        Read(bytes, read);
    }

    private static void Read(NativeBuffer bytes, Reading read)
    {
        var reader = new ByteReader(bytes.Written, "test");
        try
        {
            read(ref reader);
        }
        catch (CorruptDataException error)
        {
            Assert.Contains("test is damaged", error.Message, StringComparison.Ordinal);
        }
    }

    private static void Mutate(Random random, NativeBuffer bytes)
    {
        for (var times = random.Next(1, 4); times > 0; times--)
        {
            var at = random.Next(bytes.Length);
            switch (random.Next(4))
            {
                case 0:
                    bytes.Written[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes.Written[at] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes.Written[at] = byte.MaxValue;
                    break;
                default:
                    bytes.Truncate(Math.Max(1, at));
                    break;
            }
        }
    }
}
