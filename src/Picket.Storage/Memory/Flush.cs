using System.Runtime.InteropServices;
using Picket.Events;
using Picket.Events.Batches;
using Picket.Storage.Files;
using Picket.Storage.Segments;

namespace Picket.Storage.Memory;

/// <summary>
/// Writes a generation to segments: one for each UTC day its events happened on and day they expire on, the many odd days of a broken clock together; rows in
/// order of tenant, time and number.
/// </summary>
internal static class Flush
{
    /// <summary>The names of the segments written; they stand once the manifest says so.</summary>
    /// <param name="nextNumber">Gives each segment a number that no other has.</param>
    /// <param name="discard">Deletes those already written when one fails.</param>
    public static List<string> Write(IStorageFiles files, Generation generation, Retention retention, WriterMemory memory, Func<long> nextNumber, Action<IEnumerable<string>> discard)
    {
        var held = generation.Share();
        var written = new List<string>();
        try
        {
            var batches = held.ConvertAll(one => one.Batch);
            foreach (var (kind, rows) in ByKind(batches, retention, memory))
            {
                var name = kind.FileName(nextNumber());
                WriteSegment(files, name, kind, memory, batches, CollectionsMarshal.AsSpan(rows));
                written.Add(name);
                memory.Return(rows);
            }
            return written;
        }
        catch
        {
            discard(written);
            throw;
        }
        finally
        {
            held.ForEach(one => one.Batch.Dispose());
        }
    }

    private static void WriteSegment(IStorageFiles files, string name, SegmentKind kind, WriterMemory memory, List<EventBatch> batches, Span<RowRef> rows)
    {
        RowOrder.Sort(batches, rows);
        using var writer = new SegmentWriter(files, name, kind, memory);
        foreach (var count in BlockCuts.Of(batches, rows))
        {
            writer.Add(batches, rows[..count], 0, count: true);
            rows = rows[count..];
        }
        writer.Finish([]);
    }

    private static Dictionary<SegmentKind, List<RowRef>> ByKind(List<EventBatch> batches, Retention retention, WriterMemory memory)
    {
        var kinds = new Dictionary<SegmentKind, List<RowRef>>();
        var days = new HashSet<long>();
        var (lastKey, lastRows) = ((-1L, -1L, 0u), (List<RowRef>?)null);
        for (var i = 0; i < batches.Count; i++)
        {
            var tenants = batches[i].Tenants;
            var times = batches[i].Times;
            var received = batches[i].Received;
            for (var row = 0; row < times.Length; row++)
            {
                var kept = Math.Max(times[row], received[row]);
                var key = (times[row] / Instant.PerDay, kept / Instant.PerDay, tenants[row]);
                if (lastRows is null || key != lastKey)
                {
                    var day = days.Contains(key.Item1) || (days.Count < Limits.FlushDays && days.Add(key.Item1)) ? (int)key.Item1 : SegmentKind.MixedDay;
                    var kind = new SegmentKind(day, retention.ExpiryDay(new TenantId(tenants[row]), kept), 0);
                    lastRows = CollectionsMarshal.GetValueRefOrAddDefault(kinds, kind, out _) ??= memory.TakeRows();
                    lastKey = key;
                }
                lastRows.Add(new RowRef(i, row));
            }
        }
        return kinds;
    }
}
