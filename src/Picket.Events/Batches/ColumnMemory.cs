namespace Picket.Events.Batches;

/// <summary>A column in native memory of its own: what a block's column is decoded into, or what is gathered from several batches. One owner; not thread-safe while it is filled.</summary>
public sealed class ColumnMemory : IDisposable
{
    public ColumnShape Shape { get; set; }

    public bool IsDense { get; set; }

    /// <summary>The rows that have a value, when not all have; <c>int</c> each.</summary>
    public NativeBuffer Rows { get; } = new();

    /// <summary>For a dictionary, the entry of each value; <c>ushort</c> each.</summary>
    public NativeBuffer Codes { get; } = new();

    /// <summary>A kind for each entry, when they differ; else <see cref="Kind"/>.</summary>
    public NativeBuffer Kinds { get; } = new();

    /// <summary>Where each entry's text ends; <c>int</c> each.</summary>
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

    public int EntryCount => Ends.Length / sizeof(int);

    /// <summary>Adds an entry to a column of shape <see cref="ColumnShape.Dictionary"/>.</summary>
    public void AddEntry(ValueKind kind, ReadOnlySpan<byte> text)
    {
        Kinds.Append(kind);
        Text.Append(text);
        Ends.Append(Text.Length);
    }

    /// <summary>Ends a dictionary filled by <see cref="AddEntry"/>, rows and codes.</summary>
    public void SettleDictionary(bool isDense)
    {
        SettleKinds();
        (Shape, IsDense) = (ColumnShape.Dictionary, isDense);
        if (isDense)
        {
            Rows.Clear();
        }
    }

    /// <summary>Adds one value to a column of shape <see cref="ColumnShape.Text"/>; rows rise.</summary>
    public void Add(int row, ValueKind kind, ReadOnlySpan<byte> text)
    {
        Rows.Append(row);
        Kinds.Append(kind);
        Text.Append(text);
        Ends.Append(Text.Length);
    }

    /// <summary>Ends a column filled by <see cref="Add"/>: leaves away what says nothing.</summary>
    public void Settle(int rowCount)
    {
        Shape = ColumnShape.Text;
        IsDense = Rows.Length == rowCount * sizeof(int);
        SettleKinds();
        if (IsDense)
        {
            Rows.Clear();
        }
    }

    private void SettleKinds()
    {
        Kind = Kinds.Length > 0 ? Kinds.As<ValueKind>()[0] : ValueKind.Text;
        if (!Kinds.As<ValueKind>().ContainsAnyExcept(Kind))
        {
            Kinds.Clear();
        }
    }

    public void Clear()
    {
        Rows.Clear();
        Codes.Clear();
        Kinds.Clear();
        Ends.Clear();
        Text.Clear();
        (Shape, IsDense, Kind) = (ColumnShape.Constant, false, ValueKind.Text);
    }

    public void Dispose()
    {
        Rows.Dispose();
        Codes.Dispose();
        Kinds.Dispose();
        Ends.Dispose();
        Text.Dispose();
    }
}
