using System.Runtime.InteropServices;
using Picket.Events.Schema;

namespace Picket.Events.Batches;

/// <summary>One field's values while a batch is gathered. Either each value's own text, or codes into a fixed list of names (levels, severities).</summary>
internal sealed class ColumnBuilder(Field field, Spellings? names) : IDisposable
{
    private readonly NativeBuffer rows = new();
    private readonly NativeBuffer kinds = new();
    private readonly NativeBuffer ends = new();
    private readonly NativeBuffer codes = new();

    public Field Field { get; } = field;

    /// <summary>The fixed list that <see cref="AddCode"/> points into; null for a column of text.</summary>
    public Spellings? Names { get; } = names;

    /// <summary>Its values go to the column <see cref="Overflow"/>, because there are too many columns already.</summary>
    public bool Spills { get; init; }

    public NativeBuffer Text { get; } = new();
    public int Count { get; private set; }
    public int HeldBytes => rows.Capacity + kinds.Capacity + ends.Capacity + codes.Capacity + Text.Capacity;
    public ReadOnlySpan<int> Rows => rows.As<int>();
    public ReadOnlySpan<int> Ends => ends.As<int>();
    public ReadOnlySpan<ValueKind> Kinds => kinds.As<ValueKind>();
    public ReadOnlySpan<ushort> Codes => codes.As<ushort>();

    public void Add(int row, ValueKind kind, ReadOnlySpan<byte> text)
    {
        if (Names is not null)
        {
            AddCode(row, Names.TryRead(text, out var code, out _) ? code : (ushort)0);
            return;
        }
        Text.Append(text);
        rows.Append(row);
        kinds.Append(kind);
        ends.Append(Text.Length);
        Count++;
    }

    public void AddCode(int row, ushort code)
    {
        rows.Append(row);
        codes.Append(code);
        Count++;
    }

    /// <summary>For the column <see cref="Overflow"/>: adds a pair to the row's value.</summary>
    public void AddPair(int row, Field name, ValueKind kind, ReadOnlySpan<byte> text)
    {
        if (Count == 0 || Rows[^1] != row)
        {
            Add(row, ValueKind.Text, default);
        }
        Overflow.Append(Text, name, kind, text);
        MemoryMarshal.Cast<byte, int>(ends.Written)[^1] = Text.Length;
    }

    /// <summary>Adds a whole column of another batch, its rows moved by <paramref name="offset"/>.</summary>
    public void AddAll(int offset, Column column)
    {
        for (var i = 0; i < column.ValueCount; i++)
        {
            var value = column.Entries[column.Entry(i)];
            Add(column.Row(i) + offset, value.Kind, value.Text);
        }
    }

    public void Clear()
    {
        Text.Clear();
        rows.Clear();
        kinds.Clear();
        ends.Clear();
        codes.Clear();
        Count = 0;
    }

    public void Dispose()
    {
        Text.Dispose();
        rows.Dispose();
        kinds.Dispose();
        ends.Dispose();
        codes.Dispose();
    }
}
