using Picket.Events.Batches;
using Picket.Storage.Cache;
using Picket.Storage.Files;
using Picket.Storage.Log;
using Picket.Storage.Manifest;
using Picket.Storage.Segments;

namespace Picket.Storage.Inspection;

/// <summary>
/// Reads everything in a data folder: every checksum, every column decoded, every index page; and compares what the headers say with what is there. Changes nothing.
/// To be run when no server uses the folder, for the log's end changes under one that does.
/// </summary>
public sealed class VerifyData(string folder, uint log)
{
    private readonly DiskFiles files = new(folder);
    private readonly List<Finding> findings = [];
    private long events;
    private long bytes;

    /// <param name="progress">Told how many of how many files have been read.</param>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    public VerifyReport Run(Action<int, int> progress, CancellationToken cancellation)
    {
        var flushedThrough = 0ul;
        IReadOnlyList<string> names = [];
        Try(ManifestFile.Name, () =>
        {
            using var manifest = new ManifestFile(files, _ => { });
            (flushedThrough, names) = (manifest.FlushedThrough, [.. manifest.Segments]);
        });
        for (var i = 0; i < names.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            progress(i, names.Count + 1);
            Try(names[i], () => VerifySegment(names[i], cancellation));
        }
        foreach (var stray in files.List(SegmentKind.Folder).Except(names))
        {
            findings.Add(new Finding(stray, "no edit of the manifest names this file; the next start deletes it"));
        }
        var logEvents = 0L;
        var recovery = new LogRecovery(files, log, message => findings.Add(new Finding(LogFileName.Folder, message))) { LeavesFilesAlone = true };
        Try(LogFileName.Folder, () => recovery.Read(flushedThrough, (batch, _) =>
        {
            logEvents += batch.Count;
            batch.Dispose();
        }));
        progress(names.Count + 1, names.Count + 1);
        return new VerifyReport(names.Count, files.List(LogFileName.Folder).Count, events, logEvents, bytes, findings);
    }

    private void VerifySegment(string name, CancellationToken cancellation)
    {
        using var cache = new PartCache<PartKey>(0);
        using var segment = Segment.Open(files, name, cache);
        bytes += segment.Bytes;
        var tenants = new SortedDictionary<uint, long>();
        foreach (var group in segment.Footer.Groups)
        {
            var headers = segment.Headers(group);
            for (var i = 0; i < headers.Length; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                using var block = segment.Block(group.FirstBlock + i, headers[i]);
                VerifyBlock(segment, headers[i], block);
                foreach (var tenant in block.Tenants)
                {
                    tenants[tenant] = tenants.GetValueOrDefault(tenant) + 1;
                }
                events += block.Count;
            }
        }
        foreach (var _ in segment.Index.All())
        {
            // Each page is checked as it is read.
        }
        var directory = segment.Directory();
        if (!directory.Tenants.SequenceEqual(tenants.Keys) || tenants.Any(pair => directory.RowsOf(pair.Key) != pair.Value))
        {
            findings.Add(new Finding(name, "the directory of tenants does not say what its rows say"));
        }
        if (segment.Cube() is { } cube)
        {
            var counted = cube.Counts.ToArray().Sum(count => (long)count);
            cube.Release();
            if (counted != segment.Bounds.Rows)
            {
                findings.Add(new Finding(name, $"the cube counts {counted} of {segment.Bounds.Rows} events"));
            }
        }
    }

    private void VerifyBlock(Segment segment, BlockHeader header, EventBatch block)
    {
        var bounds = RowBounds.None;
        var (tenants, times, received, seqs) = (block.Tenants.ToArray(), block.Times.ToArray(), block.Received.ToArray(), block.Seqs.ToArray());
        for (var row = 0; row < block.Count; row++)
        {
            bounds.Add(tenants[row], times[row], received[row], seqs[row]);
        }
        if (!bounds.Equals(header.Bounds))
        {
            findings.Add(new Finding(segment.Name, "a block's header does not say what its rows lie between"));
        }
        foreach (var field in block.Fields)
        {
            if (!block.TryGetColumn(field, out var column) || column.ValueCount != header.Columns[header.Find(field)].Facts.Values)
            {
                findings.Add(new Finding(segment.Name, $"a block's header does not say how many values its column {field} has"));
            }
        }
        foreach (var code in block.ShapeCodes)
        {
            block.Shape(code);
        }
    }

    private void Try(string file, Action verify)
    {
        try
        {
            verify();
        }
        catch (Exception error) when (error is CorruptDataException or IOException)
        {
            findings.Add(new Finding(file, error.Message));
        }
    }
}
