using Picket.Events.Batches;
using Picket.Events.Schema;

namespace Picket.Storage.Segments;

/// <summary>The overflow of a block as it is written: what the rows' batches had in theirs, and the columns for which this block has no room. Not thread-safe.</summary>
internal sealed class OverflowGather : IDisposable
{
    private readonly NativeBuffer pairs = new();
    private readonly List<(int Row, int Start, int Length)> places = [];
    private readonly ColumnMemory column = new();

    public void Clear()
    {
        pairs.Clear();
        places.Clear();
        column.Clear();
    }

    /// <summary>Adds a field's values as pairs.</summary>
    public void Add(Field field, Column values)
    {
        for (var i = 0; i < values.ValueCount; i++)
        {
            var value = values.Entries[values.Entry(i)];
            var start = pairs.Length;
            Overflow.Append(pairs, field, value.Kind, value.Text);
            places.Add((values.Row(i), start, pairs.Length - start));
        }
    }

    /// <summary>Adds what was overflow before.</summary>
    public void Add(Column overflow)
    {
        for (var i = 0; i < overflow.ValueCount; i++)
        {
            var text = overflow.Entries[overflow.Entry(i)].Text;
            places.Add((overflow.Row(i), pairs.Length, text.Length));
            pairs.Append(text);
        }
    }

    /// <summary>All pairs by row; none when there are none. Holds until <see cref="Clear"/>.</summary>
    public Column Values(int rowCount)
    {
        foreach (var row in places.GroupBy(place => place.Row).OrderBy(row => row.Key))
        {
            foreach (var (_, start, length) in row)
            {
                column.Text.Append((ReadOnlySpan<byte>)pairs.Written.Slice(start, length));
            }
            column.Add(row.Key, ValueKind.Text, default);
        }
        if (column.Rows.Length == 0)
        {
            return default;
        }
        column.Settle(rowCount);
        return column.View(rowCount);
    }

    public void Dispose()
    {
        pairs.Dispose();
        column.Dispose();
    }
}
