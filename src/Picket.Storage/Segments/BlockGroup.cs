using Picket.Storage.Cache;

namespace Picket.Storage.Segments;

/// <summary>Up to <see cref="Limits.GroupBlocks"/> neighbouring blocks whose columns lie side by side in the file, and where their headers are.</summary>
internal readonly record struct BlockGroup(int FirstBlock, int Blocks, RowBounds Bounds, long PageOffset, int PageLength);

/// <summary>A group's headers, read.</summary>
internal sealed class HeaderPage(BlockHeader[] headers) : CachedPart
{
    private const int HeaderBytes = 200;
    private const int ColumnBytes = 72;

    public BlockHeader[] Headers => headers;

    public override long Bytes { get; } = headers.Sum(header => HeaderBytes + ((long)header.Columns.Length * ColumnBytes));

    protected override void Free()
    {
    }
}
