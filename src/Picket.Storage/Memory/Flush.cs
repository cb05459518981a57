using System.Globalization;
using Picket.Events;
using Picket.Events.Batches;
using Picket.Storage.Files;
using Picket.Storage.Segments;

namespace Picket.Storage.Memory;

/// <summary>
/// Writes a generation to segments: one for each UTC day its events happened on, the many odd days of a broken clock together; rows in order of
/// tenant, time and number.
/// </summary>
internal static class Flush
{
    public const string Folder = "segments";

    /// <summary>The names of the segments written; they stand once the manifest says so.</summary>
    public static List<string> Write(IStorageFiles files, Generation generation)
    {
        var batches = generation.Share();
        try
        {
            var written = new List<string>();
            foreach (var (day, rows) in ByDay(batches))
            {
                var label = day < 0 ? "mixed" : Instant.ToDateTimeOffset(day * Instant.PerDay).ToString("yyyyMMdd", CultureInfo.InvariantCulture);
                var name = string.Create(CultureInfo.InvariantCulture, $"{Folder}/{label}-{generation.Last:x16}.seg");
                WriteSegment(files, name, batches, rows);
                written.Add(name);
            }
            return written;
        }
        finally
        {
            batches.ForEach(batch => batch.Dispose());
        }
    }

    private static void WriteSegment(IStorageFiles files, string name, List<EventBatch> batches, List<RowRef> rows)
    {
        var order = rows.ToArray();
        var keys = Array.ConvertAll(order, at => (batches[at.Batch].Tenants[at.Row], batches[at.Batch].Times[at.Row], batches[at.Batch].Seqs[at.Row]));
        Array.Sort(keys, order);
        files.List(Folder);
        using var writer = new SegmentWriter(files, name);
        using var builder = new EventBatchBuilder();
        for (var at = 0; at < order.Length; at += Limits.BlockRows)
        {
            builder.AddRows(batches, order.AsSpan(at, Math.Min(Limits.BlockRows, order.Length - at)));
            using var block = builder.Seal();
            writer.Add(block);
        }
        writer.Finish();
    }

    private static IEnumerable<(long Day, List<RowRef> Rows)> ByDay(List<EventBatch> batches)
    {
        var days = new Dictionary<long, List<RowRef>>();
        for (var i = 0; i < batches.Count; i++)
        {
            for (var row = 0; row < batches[i].Count; row++)
            {
                var day = batches[i].Times[row] / Instant.PerDay;
                if (!days.TryGetValue(day, out var rows))
                {
                    day = days.Count < Limits.FlushDays ? day : -1;
                    if (!days.TryGetValue(day, out rows))
                    {
                        days.Add(day, rows = []);
                    }
                }
                rows.Add(new RowRef(i, row));
            }
        }
        return days.Select(pair => (pair.Key, pair.Value));
    }
}
