namespace Picket.Events.Parsing;

/// <summary>The members of an object in a valid JSON text, one after another. Names are as sent, escapes included.</summary>
public ref struct JsonMembers
{
    private readonly ReadOnlySpan<byte> text;
    private int at;

    /// <param name="text">Valid JSON.</param>
    /// <param name="at">Where the object begins in it.</param>
    public JsonMembers(ReadOnlySpan<byte> text, int at = 0)
    {
        this.text = text;
        this.at = new JsonScan(text).SkipSpace(at + 1);
    }

    public ReadOnlySpan<byte> Name { get; private set; }
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>Where <see cref="Value"/> begins.</summary>
    public int Offset { get; private set; }

    public readonly JsonMembers Current => this;

    public readonly JsonMembers GetEnumerator() => this;

    public bool MoveNext()
    {
        var scan = new JsonScan(text);
        if (scan.Peek(at) != (byte)'"')
        {
            return false;
        }
        var value = scan.Name(at, out var nameEnd);
        Name = text[(at + 1)..(nameEnd - 1)];
        var end = scan.Value(value);
        Offset = value;
        Value = text[value..end];
        at = scan.SkipSpace(end);
        if (scan.Peek(at) == (byte)',')
        {
            at = scan.SkipSpace(at + 1);
        }
        return true;
    }
}
