namespace Picket.Events.Batches;

/// <summary>One value: its kind and its UTF-8 text. A view; it holds as long as its batch does.</summary>
public readonly ref struct Value(ValueKind kind, ReadOnlySpan<byte> text)
{
    public ValueKind Kind { get; } = kind;
    public ReadOnlySpan<byte> Text { get; } = text;

    public bool IsNumber => Kind is ValueKind.Integer or ValueKind.Decimal;
    public bool IsJson => Kind is ValueKind.Json or ValueKind.DeepJson;

    public override string ToString() => System.Text.Encoding.UTF8.GetString(Text);
}
