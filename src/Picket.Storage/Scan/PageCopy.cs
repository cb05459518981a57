using Picket.Events.Batches;
using Picket.Query.Store;

namespace Picket.Storage.Scan;

/// <summary>Copies the rows of a page from the units they are in. One unit at a time is open, and a page of very large events ends early: its memory is bounded whatever it holds.</summary>
internal static class PageCopy
{
    /// <returns>The events, and how many of the rows they are: the first of them.</returns>
    public static (EventBatch Batch, int Taken) Of(IEnumerable<(ScanUnit Unit, int Row)> page, ScanCounts counts, CancellationToken cancellation)
    {
        var parts = new List<EventBatch>();
        try
        {
            var rows = page.ToArray();
            var (places, copied) = (new RowRef[rows.Length], new bool[rows.Length]);
            using var builder = new EventBatchBuilder();
            var bytes = 0L;
            foreach (var ofUnit in rows.Select((row, at) => (row.Unit, row.Row, at)).GroupBy(item => item.Unit))
            {
                cancellation.ThrowIfCancellationRequested();
                var wanted = ofUnit.ToArray();
                using (var batch = ofUnit.Key.Open(counts))
                {
                    builder.AddRows([batch], Array.ConvertAll(wanted, item => new RowRef(0, item.Row)));
                }
                for (var i = 0; i < wanted.Length; i++)
                {
                    places[wanted[i].at] = new RowRef(parts.Count, i);
                    copied[wanted[i].at] = true;
                }
                bytes += builder.Bytes;
                parts.Add(builder.Seal());
                if (bytes > Limits.PageBytes)
                {
                    break;
                }
            }
            // Units overlap: what was copied beyond the first event that was not is for the next page.
            var missing = Array.IndexOf(copied, false);
            var taken = missing < 0 ? rows.Length : missing;
            builder.AddRows(parts, places.AsSpan(0, taken));
            return (builder.Seal(), taken);
        }
        finally
        {
            parts.ForEach(part => part.Dispose());
        }
    }
}
