namespace Picket.Events.Batches;

/// <summary>
/// The values that a column stores, one after another in one run of text: entry <c>i</c> is the bytes from <c>Ends[i-1]</c> to <c>Ends[i]</c>.
/// All that an operator sees of a column, whatever its shape.
/// </summary>
public readonly ref struct Entries(ReadOnlySpan<byte> text, ReadOnlySpan<int> ends, ReadOnlySpan<ValueKind> kinds, ValueKind kind)
{
    public ReadOnlySpan<byte> Text { get; } = text;
    public ReadOnlySpan<int> Ends { get; } = ends;

    /// <summary>A kind for each entry; empty when all are of <see cref="Kind"/>.</summary>
    public ReadOnlySpan<ValueKind> Kinds { get; } = kinds;
    public ValueKind Kind { get; } = kind;

    public int Count => Ends.Length;

    /// <summary>True when every entry is a JSON string, so that the whole run can be searched at once.</summary>
    public bool AllText => Kinds.IsEmpty && Kind == ValueKind.Text;

    public int Start(int entry) => entry == 0 ? 0 : Ends[entry - 1];

    public Value this[int entry]
    {
        get
        {
            var start = Start(entry);
            return new Value(Kinds.IsEmpty ? Kind : Kinds[entry], Text[start..Ends[entry]]);
        }
    }
}
