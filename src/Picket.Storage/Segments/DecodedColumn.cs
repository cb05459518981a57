using Picket.Events.Batches;
using Picket.Storage.Cache;

namespace Picket.Storage.Segments;

/// <summary>A column of a block, decoded.</summary>
internal sealed class DecodedColumn(ColumnMemory memory) : CachedPart
{
    public ColumnMemory Memory => memory;

    public override long Bytes => memory.Bytes;

    protected override void Free() => memory.Dispose();
}

/// <summary>Numbers of a block, decoded: a system column's, or a field's over a power of ten.</summary>
/// <param name="rows">The rows that have one; null when all have.</param>
/// <param name="divisor">0: the column is not kept as numbers.</param>
internal sealed class DecodedNumbers(NativeBuffer values, ColumnMemory? rows, long divisor) : CachedPart
{
    public long Divisor => divisor;

    public override long Bytes => values.Capacity + (rows?.Bytes ?? 0);

    public ReadOnlySpan<T> As<T>() where T : unmanaged => values.As<T>();

    public Numbers View() => new(values.As<long>(), divisor, rows is null || rows.IsDense ? default : rows.Rows.As<int>());

    protected override void Free()
    {
        values.Dispose();
        rows?.Dispose();
    }
}
