using System.Globalization;
using Picket.Events;
using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Storage.Cache;
using Picket.Storage.Encodings;
using Picket.Storage.Files;
using Picket.Storage.Log;
using Picket.Storage.Manifest;
using Picket.Storage.Segments;

namespace Picket.Storage.Inspection;

/// <summary>Tells what a data folder holds and where its bytes are. Changes nothing, so it may run beside a server.</summary>
public static class InspectData
{
    /// <param name="log">The number of the folder's log (<see cref="DataFolder.LogOf"/>).</param>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="CorruptDataException">A file is damaged.</exception>
    public static DataReport Run(string folder, uint log)
    {
        var files = new DiskFiles(folder);
        using var cache = new PartCache<PartKey>(0);
        using var manifest = new ManifestFile(files, _ => { });
        var segments = new List<SegmentReport>();
        var fields = new Dictionary<Field, (FieldEntry Entry, Dictionary<string, int> Encodings)>();
        foreach (var name in manifest.Segments)
        {
            if (!files.List(SegmentKind.Folder).Contains(name))
            {
                // A server merged it away meanwhile.
                continue;
            }
            using var segment = Segment.Open(files, name, cache);
            segments.Add(Report(segment));
            foreach (var entry in segment.Footer.Fields)
            {
                var known = fields.GetValueOrDefault(entry.Field, (new FieldEntry(entry.Field, 0, 0, 0, 0, false), []));
                var sum = known.Item1 with { Values = known.Item1.Values + entry.Values, TextBytes = known.Item1.TextBytes + entry.TextBytes, Bytes = known.Item1.Bytes + entry.Bytes };
                fields[entry.Field] = (sum, known.Item2);
            }
            CountEncodings(segment, fields);
        }
        var logs = files.List(LogFileName.Folder);
        return new DataReport(
            segments,
            [.. fields.Values.OrderByDescending(field => field.Entry.Bytes).Select(field => new FieldReport(
                NameOf(field.Entry.Field), field.Entry.Values, field.Entry.TextBytes, field.Entry.Bytes, [.. field.Encodings.OrderByDescending(pair => pair.Value).Select(pair => (pair.Key, pair.Value))]))],
            logs.Sum(name => LengthOf(files, name)),
            logs.Count,
            LogEvents(log, files, manifest.FlushedThrough));
    }

    // A server beside may be writing at the log's end, so what cannot be read there is no finding.
    private static long LogEvents(uint log, DiskFiles files, ulong flushedThrough)
    {
        var events = 0L;
        new LogRecovery(files, log, _ => { }) { LeavesFilesAlone = true }.Read(flushedThrough, (batch, _) =>
        {
            events += batch.Count;
            batch.Dispose();
        });
        return events;
    }

    private static SegmentReport Report(Segment segment)
    {
        var footer = segment.Footer;
        var day = footer.Kind.Day == SegmentKind.MixedDay ? "mixed" : Instant.ToDateTimeOffset(footer.Kind.Day * Instant.PerDay).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        return new SegmentReport(
            segment.Name, day, footer.Kind.Level, footer.Bounds.Rows, segment.Directory().Tenants.Count, footer.Blocks, segment.Bytes,
            footer.Index.PagesLength + (footer.Index.Pairs > 0 ? sizeof(long) << footer.Index.PageBits : 0), footer.Directory.Length, footer.Cube.Length,
            footer.Groups.Sum(group => (long)group.PageLength));
    }

    // The first block of each group stands for all.
    private static void CountEncodings(Segment segment, Dictionary<Field, (FieldEntry Entry, Dictionary<string, int> Encodings)> fields)
    {
        using var bytes = new NativeBuffer();
        foreach (var header in segment.Footer.Groups.Select(group => segment.Headers(group)[0]))
        {
            foreach (var column in header.Columns)
            {
                bytes.Clear();
                segment.CopyColumn(column, bytes);
                var reader = new ByteReader(bytes.Written[sizeof(uint)..], segment.Name);
                var encoding = SystemColumns.IsNumbers(column.Field) ? "numbers" : Values.Describe(ref reader, header.Rows);
                var encodings = fields[column.Field].Encodings;
                encodings[encoding] = encodings.GetValueOrDefault(encoding) + 1;
            }
        }
    }

    private static string NameOf(Field field) => field.Name.Replace('\0', '.');

    private static long LengthOf(IStorageFiles files, string name)
    {
        using var file = files.Open(name);
        return file.Length;
    }
}
