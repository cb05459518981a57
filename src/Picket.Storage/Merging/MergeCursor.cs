using Picket.Events.Batches;
using Picket.Storage.Segments;

namespace Picket.Storage.Merging;

/// <summary>A place in a segment that is being merged: a block not yet opened, or a row of one that is. Not thread-safe.</summary>
internal sealed class MergeCursor : IDisposable
{
    private readonly Segment segment;
    private readonly int[] map;
    private int group;
    private int block;
    private BlockHeader[] headers = [];

    public MergeCursor(Segment segment)
    {
        this.segment = segment;
        map = new int[segment.Footer.Blocks];
        Array.Fill(map, -1);
        ReadHeaders();
    }

    public Segment Segment => segment;

    /// <summary>For each block that was copied as it is, its new number; −1 for those whose rows were written anew.</summary>
    public int[] Map => map;

    public bool AtEnd => group == segment.Footer.Groups.Count;

    public BlockHeader Header => headers[block];

    /// <summary>The block, when it is open; the cursor's own handle.</summary>
    public EventBatch? Open { get; private set; }

    public int Row { get; private set; }

    /// <summary>Tenant and time of the next row; of an unopened block of several tenants only a bound.</summary>
    public (uint Tenant, long Time) Next => Open is { } batch
        ? (batch.Tenants[Row], batch.Times[Row])
        : (Header.Bounds.FirstTenant, Header.Bounds.FirstTenant == Header.Bounds.LastTenant ? Header.Bounds.FirstTime : long.MinValue);

    /// <summary>A bound of the block's last row.</summary>
    public (uint Tenant, long Time) Last =>
        (Header.Bounds.LastTenant, Header.Bounds.FirstTenant == Header.Bounds.LastTenant ? Header.Bounds.LastTime : long.MaxValue);

    public EventBatch OpenBlock() => Open ??= segment.Block(segment.Footer.Groups[group].FirstBlock + block, Header);

    /// <summary>To a row of the open block; past its last the next block follows.</summary>
    public void MoveTo(int row)
    {
        Row = row;
        if (row == Header.Rows)
        {
            NextBlock();
        }
    }

    /// <summary>The block was copied and is now this one.</summary>
    public void Copied(int number)
    {
        map[segment.Footer.Groups[group].FirstBlock + block] = number;
        NextBlock();
    }

    public void Dispose() => Open?.Dispose();

    private void NextBlock()
    {
        Open?.Dispose();
        (Open, Row) = (null, 0);
        if (++block == headers.Length)
        {
            (group, block) = (group + 1, 0);
            ReadHeaders();
        }
    }

    private void ReadHeaders() => headers = AtEnd ? [] : segment.Headers(segment.Footer.Groups[group]);
}
