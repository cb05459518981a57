namespace Picket.Events.Batches;

/// <summary>One field of a batch: which rows have a value, and the entries these values are. A view; it holds as long as its batch does.</summary>
public readonly ref struct Column
{
    public Column(ColumnShape shape, int rowCount, ReadOnlySpan<int> rows, ReadOnlySpan<ushort> codes, Entries entries)
    {
        Shape = shape;
        RowCount = rowCount;
        Rows = rows;
        Codes = codes;
        Entries = entries;
    }

    public ColumnShape Shape { get; }

    /// <summary>Rows of the batch, with and without a value here.</summary>
    public int RowCount { get; }

    /// <summary>The rows that have a value, rising; empty when all have.</summary>
    public ReadOnlySpan<int> Rows { get; }

    /// <summary>For a dictionary: which entry each value is.</summary>
    public ReadOnlySpan<ushort> Codes { get; }

    public Entries Entries { get; }

    public bool IsDense => Rows.IsEmpty;

    public int ValueCount => IsDense ? RowCount : Rows.Length;

    /// <summary>The row of the value with this index.</summary>
    public int Row(int index) => IsDense ? index : Rows[index];

    /// <summary>The entry that the value with this index is.</summary>
    public int Entry(int index) => Shape switch
    {
        ColumnShape.Text => index,
        ColumnShape.Constant => 0,
        _ => Codes[index],
    };

    public bool TryGet(int row, out Value value)
    {
        var index = IsDense ? row : Rows.BinarySearch(row);
        if (index < 0)
        {
            value = default;
            return false;
        }
        value = Entries[Entry(index)];
        return true;
    }
}
