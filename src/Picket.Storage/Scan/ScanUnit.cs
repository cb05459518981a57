using Picket.Events.Batches;
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

    /// <summary>The caller disposes it.</summary>
    public EventBatch Open() => batch?.Share() ?? segment!.Block(number, header!);
}
