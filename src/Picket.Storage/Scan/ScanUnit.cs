using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Query;
using Picket.Query.Store;
using Picket.Storage.Memory;
using Picket.Storage.Segments;

namespace Picket.Storage.Scan;

/// <summary>A batch in memory or a segment's block, to be looked at or passed over.</summary>
internal sealed class ScanUnit
{
    private readonly EventBatch? batch;
    private readonly Segment? segment;
    private readonly int number;
    private readonly BlockHeader? header;

    public ScanUnit(HeldBatch held) => (batch, Bounds) = (held.Batch, held.Bounds);

    public ScanUnit(Segment segment, int number, BlockHeader header) =>
        (this.segment, this.number, this.header, Bounds) = (segment, number, header, header.Bounds);

    public RowBounds Bounds { get; }

    /// <summary>How many rows have a field, and a bit for each kind of its values, where that is known without opening it; null where it is not.</summary>
    public IEnumerable<(Field Field, int Values, int Kinds)>? Facts => header is null || header.Find(Overflow.Field) >= 0
        ? null
        : header.Columns.Where(column => !SystemColumns.IsOne(column.Field)).Select(column => (column.Field, column.Facts.Values, (int)column.Facts.Kinds));

    /// <summary>Between what all values of a field lie, where they are known to be numbers without opening it; values missing are none of them.</summary>
    public bool TryGetRange(Field field, out double least, out double greatest)
    {
        var column = header?.Find(field) ?? -1;
        var isKnown = column >= 0 && header!.Columns[column].Facts.Range.IsKnown && header.Find(Overflow.Field) < 0;
        (least, greatest) = isKnown ? (header!.Columns[column].Facts.Range.Least, header.Columns[column].Facts.Range.Greatest) : default;
        return isKnown;
    }

    /// <summary>Makes <paramref name="rows"/> those of its batch for which the matcher's filter holds; of a block they are remembered.</summary>
    public void Match(EventBatch opened, Matcher matcher, long filter, KnownAnswers known, RowSet rows)
    {
        if (segment is null)
        {
            matcher.Match(opened, rows);
            return;
        }
        var matched = known.RowsOf(segment.Number, number, filter, () =>
        {
            matcher.Match(opened, rows);
            return new MatchedRows(rows);
        });
        matched.CopyTo(rows, opened.Count);
        matched.Release();
    }

    /// <summary>The caller disposes it.</summary>
    /// <param name="counts">Told what had to be decoded.</param>
    public EventBatch Open(ScanCounts? counts = null) => batch?.Share() ?? segment!.Block(number, header!, counts);
}
