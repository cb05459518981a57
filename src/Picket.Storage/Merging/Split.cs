using System.Runtime.InteropServices;
using Picket.Events;
using Picket.Events.Batches;
using Picket.Storage.Files;
using Picket.Storage.Segments;

namespace Picket.Storage.Merging;

/// <summary>
/// Takes the days that have enough rows out of a segment of mixed days, each into a segment of its own, and leaves the rest together. A clock that
/// jumps through a thousand days so makes one file, not a thousand.
/// </summary>
internal static class Split
{
    /// <summary>Days to be taken out; none when the segment is to stay as it is.</summary>
    public static HashSet<int> Days(Segment mixed)
    {
        var rows = new Dictionary<int, int>();
        foreach (var (_, batch) in Blocks(mixed))
        {
            using (batch)
            {
                foreach (var time in batch.Times)
                {
                    CollectionsMarshal.GetValueRefOrAddDefault(rows, (int)(time / Instant.PerDay), out _)++;
                }
            }
        }
        return [.. rows.Where(pair => pair.Value >= Limits.SplitRows).OrderByDescending(pair => pair.Value).Take(Limits.FlushDays).Select(pair => pair.Key)];
    }

    /// <summary>Writes the segments that take its place; their names.</summary>
    public static List<string> Write(IStorageFiles files, Segment mixed, IReadOnlySet<int> days, WriterMemory memory, Func<long> nextNumber, CancellationToken cancellation)
    {
        var written = new List<string>();
        foreach (var day in days.Append(SegmentKind.MixedDay))
        {
            var kind = mixed.Kind with { Day = day };
            var name = kind.FileName(nextNumber());
            using var writer = new SegmentWriter(files, name, kind, memory);
            foreach (var (header, batch) in Blocks(mixed))
            {
                cancellation.ThrowIfCancellationRequested();
                using (batch)
                {
                    WriteRows(writer, header, batch, of => days.Contains(of) ? of == day : day == SegmentKind.MixedDay);
                }
            }
            if (writer.Blocks > 0)
            {
                writer.Finish([]);
                written.Add(name);
            }
        }
        return written;
    }

    private static void WriteRows(SegmentWriter writer, BlockHeader header, EventBatch batch, Func<int, bool> isWanted)
    {
        var rows = new List<RowRef>();
        for (var row = 0; row < batch.Count; row++)
        {
            if (isWanted((int)(batch.Times[row] / Instant.PerDay)))
            {
                rows.Add(new RowRef(0, row));
            }
        }
        if (rows.Count > 0)
        {
            writer.Add([batch], CollectionsMarshal.AsSpan(rows), header.Rewrites + 1, count: true);
        }
    }

    private static IEnumerable<(BlockHeader Header, EventBatch Block)> Blocks(Segment segment)
    {
        foreach (var group in segment.Footer.Groups)
        {
            var headers = segment.Headers(group);
            for (var i = 0; i < headers.Length; i++)
            {
                yield return (headers[i], segment.Block(group.FirstBlock + i, headers[i]));
            }
        }
    }
}
