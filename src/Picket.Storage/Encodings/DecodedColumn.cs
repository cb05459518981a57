using Picket.Events.Batches;

namespace Picket.Storage.Encodings;

/// <summary>A field's column of a block, decoded into native memory. Freed with the block.</summary>
internal sealed class DecodedColumn : IDisposable
{
    public ColumnShape Shape { get; set; }
    public bool IsDense { get; set; }
    public NativeBuffer Rows { get; } = new();
    public NativeBuffer Codes { get; } = new();
    public NativeBuffer Kinds { get; } = new();
    public NativeBuffer Ends { get; } = new();
    public NativeBuffer Text { get; } = new();
    public ValueKind Kind { get; set; }

    public long Bytes => Rows.Capacity + Codes.Capacity + Kinds.Capacity + Ends.Capacity + Text.Capacity;

    public Column View(int rowCount) => new(
        Shape,
        rowCount,
        IsDense ? default : Rows.As<int>(),
        Codes.As<ushort>(),
        new Entries(Text.Written, Ends.As<int>(), Kinds.As<ValueKind>(), Kind));

    public void Dispose()
    {
        Rows.Dispose();
        Codes.Dispose();
        Kinds.Dispose();
        Ends.Dispose();
        Text.Dispose();
    }
}
