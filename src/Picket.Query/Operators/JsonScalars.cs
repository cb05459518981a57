using Picket.Events.Batches;
using Picket.Events.Parsing;

namespace Picket.Query.Operators;

/// <summary>The texts, numbers, booleans and nulls in a JSON array or object, at any depth; names are not among them.</summary>
public ref struct JsonScalars(ReadOnlySpan<byte> json)
{
    private readonly ReadOnlySpan<byte> json = json;
    private NativeBuffer? unescaped;
    private int at;

    public ValueKind Kind { get; private set; }

    public Value Current { get; private set; }

    public bool MoveNext()
    {
        var scan = new JsonScan(json);
        while (at < json.Length)
        {
            if (json[at] is (byte)'[' or (byte)']' or (byte)'{' or (byte)'}' or (byte)',' or (byte)':' or (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
            {
                at++;
                continue;
            }
            var start = at;
            at = scan.Value(start);
            if (at < 0)
            {
                at = json.Length;
                return false;
            }
            if (json[start] == '"' && scan.Peek(scan.SkipSpace(at)) == (byte)':')
            {
                continue;
            }
            Read(json[start..at], scan.HasEscape, scan.IsInteger);
            return true;
        }
        return false;
    }

    public readonly void Dispose() => unescaped?.Dispose();

    private void Read(ReadOnlySpan<byte> text, bool hasEscape, bool isInteger)
    {
        Kind = text[0] switch
        {
            (byte)'"' => ValueKind.Text,
            (byte)'t' => ValueKind.True,
            (byte)'f' => ValueKind.False,
            (byte)'n' => ValueKind.Null,
            _ => isInteger ? ValueKind.Integer : ValueKind.Decimal,
        };
        if (Kind == ValueKind.Text)
        {
            text = text[1..^1];
            if (hasEscape)
            {
                unescaped ??= new NativeBuffer();
                unescaped.Clear();
                JsonText.Unescape(text, unescaped);
                text = unescaped.Written;
            }
        }
        Current = new Value(Kind, text);
    }
}
