using Picket.Events.Batches;
using Picket.Storage.Cache;

namespace Picket.Storage.Scan;

/// <summary>The rows of a block for which a filter holds, whosever they are. A block never changes, and so neither does this. Thread-safe.</summary>
internal sealed class MatchedRows : CachedPart
{
    // None is the most frequent answer and needs no memory.
    private readonly RowSet? rows;

    public MatchedRows(RowSet matched)
    {
        if (!matched.IsEmpty)
        {
            rows = new RowSet();
            rows.CopyFrom(matched);
        }
    }

    public override long Bytes => 128 + (rows is null ? 0 : Math.Max(rows.Rows / 8, 1_024));

    public void CopyTo(RowSet into, int count)
    {
        if (rows is null)
        {
            into.Reset(count);
        }
        else
        {
            into.CopyFrom(rows);
        }
    }

    protected override void Free()
    {
        // The collector's.
    }
}
