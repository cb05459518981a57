using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Picket.Events.Batches;

namespace Picket.Storage.Segments;

/// <summary>A column's view as pointers, so that those of many batches can be kept side by side. Columns are native memory and do not move; it holds as long as the batch does.</summary>
internal readonly unsafe struct ColumnPointers
{
    private readonly ColumnShape shape;
    private readonly ValueKind kind;
    private readonly int rowCount;
    private readonly void* rows;
    private readonly void* codes;
    private readonly void* text;
    private readonly void* ends;
    private readonly void* kinds;
    private readonly int rowsLength;
    private readonly int codesLength;
    private readonly int textLength;
    private readonly int endsLength;
    private readonly int kindsLength;

    public ColumnPointers(Column column)
    {
        (shape, kind, rowCount) = (column.Shape, column.Entries.Kind, column.RowCount);
        (rowsLength, codesLength, textLength) = (column.Rows.Length, column.Codes.Length, column.Entries.Text.Length);
        (endsLength, kindsLength) = (column.Entries.Ends.Length, column.Entries.Kinds.Length);
        rows = To(column.Rows);
        codes = To(column.Codes);
        text = To(column.Entries.Text);
        ends = To(column.Entries.Ends);
        kinds = To(column.Entries.Kinds);
    }

    public bool IsThere => endsLength > 0;

    public Column Column => new(
        shape,
        rowCount,
        new ReadOnlySpan<int>(rows, rowsLength),
        new ReadOnlySpan<ushort>(codes, codesLength),
        new Entries(new ReadOnlySpan<byte>(text, textLength), new ReadOnlySpan<int>(ends, endsLength), new ReadOnlySpan<ValueKind>(kinds, kindsLength), kind));

    private static void* To<T>(ReadOnlySpan<T> span) where T : unmanaged => Unsafe.AsPointer(ref MemoryMarshal.GetReference(span));
}
