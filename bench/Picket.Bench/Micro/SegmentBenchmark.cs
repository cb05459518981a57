using System.Text;
using BenchmarkDotNet.Attributes;
using Picket.Events.Batches;
using Picket.Events.Parsing;
using Picket.Events.Schema;
using Picket.Query.Operators;
using Picket.Storage.Cache;
using Picket.Storage.Files;
using Picket.Storage.Segments;

namespace Picket.Bench.Micro;

/// <summary>A segment of 65,536 events: writing it, decoding one column of a block, looking a token up, and merging two.</summary>
public class SegmentBenchmark
{
    private const int Rows = 65_536;
    private readonly string folder = Directory.CreateTempSubdirectory("picket-bench-").FullName;
    private readonly List<EventBatch> batches = [];
    private readonly WriterMemory memory = new();
    private readonly SegmentKind kind = new(20_473, SegmentKind.Never, 0);
    private readonly PartCache<PartKey> none = new(0);
    private DiskFiles files = null!;
    private Segment segment = null!;
    private int written;

    [GlobalSetup]
    public void Setup()
    {
        files = new DiskFiles(folder);
        files.List(SegmentKind.Folder);
        using var parser = new EventParser { ReceivedAt = 1_800_000_000_000_000_000 };
        for (var i = 0; i < Rows; i++)
        {
            parser.TryParse(Encoding.UTF8.GetBytes($"{{\"ts\":{1_768_867_200 + (i / 10)},\"level\":\"{(i % 20 == 0 ? "error" : "info")}\",\"app\":\"app{i % 20}\",\"request_id\":\"{new Guid(i, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)}\",\"src_ip\":\"10.{i % 7}.{i % 251}.{i % 199}\",\"latency_ms\":{i % 900}.25,\"message\":\"connection closed after {i} ms to primary database shard {i % 256}\"}}"), i);
            if (parser.Into.Count == 8_192)
            {
                batches.Add(parser.Into.Seal());
            }
        }
        segment = Segment.Open(files, Write(), none);
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        segment.Dispose();
        memory.Dispose();
        batches.ForEach(batch => batch.Dispose());
        Directory.Delete(folder, recursive: true);
    }

    [Benchmark(OperationsPerInvoke = Rows)]
    public void EncodeAndWrite() => files.Delete(Write());

    [Benchmark(OperationsPerInvoke = 8_192)]
    public int DecodeMessages()
    {
        using var block = segment.Block(0, segment.Headers(segment.Footer.Groups[0])[0]);
        return block.TryGetColumn(EventSchema.Message, out var column) ? column.ValueCount : 0;
    }

    [Benchmark(OperationsPerInvoke = 8_192)]
    public int DecodeAddresses()
    {
        using var block = segment.Block(0, segment.Headers(segment.Footer.Groups[0])[0]);
        return block.TryGetColumn(new Field("src_ip"), out var column) ? column.ValueCount : 0;
    }

    [Benchmark]
    public bool LookUp() => BlockFilter.TryNarrow(segment, Terms.Equal("request_id", "00000000-0000-0000-0000-00000000beef").Need, out _);

    [Benchmark(OperationsPerInvoke = 2 * Rows)]
    public void MergeTwo()
    {
        var name = kind.FileName(++written + 1_000_000);
        using (var writer = new SegmentWriter(files, name, kind, memory))
        {
            new Picket.Storage.Merging.Merge([segment, segment], writer, default).Run();
        }
        files.Delete(name);
    }

    private string Write()
    {
        var name = kind.FileName(++written);
        using var writer = new SegmentWriter(files, name, kind, memory);
        foreach (var batch in batches)
        {
            writer.Add([batch], Array.ConvertAll(Enumerable.Range(0, batch.Count).ToArray(), row => new RowRef(0, row)), 0, count: true);
        }
        writer.Finish([]);
        return name;
    }
}
