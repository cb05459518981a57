namespace Picket.Events.Batches;

/// <summary>
/// A column whose every value is a JSON number, as whole numbers over a power of ten: what ranges compare and measures add without making text.
/// A view; it holds as long as its batch does.
/// </summary>
/// <param name="values">One for each value of the column.</param>
/// <param name="divisor">A power of ten from 1 to 10¹⁵; value <c>i</c> is <c>values[i] / divisor</c>, which is the nearest double to its text.</param>
/// <param name="rows">The rows that have a value, rising; empty when all have.</param>
public readonly ref struct Numbers(ReadOnlySpan<long> values, long divisor, ReadOnlySpan<int> rows)
{
    public ReadOnlySpan<long> Values { get; } = values;
    public long Divisor { get; } = divisor;
    public ReadOnlySpan<int> Rows { get; } = rows;

    public bool IsDense => Rows.IsEmpty;

    public int Row(int index) => IsDense ? index : Rows[index];

    public double this[int index] => (double)Values[index] / Divisor;

    public bool TryGet(int row, out double number)
    {
        var index = IsDense ? row : Rows.BinarySearch(row);
        number = index >= 0 ? this[index] : 0;
        return index >= 0;
    }
}
