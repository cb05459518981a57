namespace Picket.Events.Parsing;

/// <summary>The elements of an array in a valid JSON text, one after another, none of them copied.</summary>
public ref struct JsonItems
{
    private readonly ReadOnlySpan<byte> text;
    private int at;

    /// <param name="text">Valid JSON.</param>
    /// <param name="at">Where the array begins in it.</param>
    public JsonItems(ReadOnlySpan<byte> text, int at)
    {
        this.text = text;
        this.at = new JsonScan(text).SkipSpace(at + 1);
    }

    public ReadOnlySpan<byte> Current { get; private set; }

    /// <summary>Where <see cref="Current"/> begins.</summary>
    public int Offset { get; private set; }

    public readonly JsonItems GetEnumerator() => this;

    public bool MoveNext()
    {
        var scan = new JsonScan(text);
        if (scan.Peek(at) is (byte)']' or 0)
        {
            return false;
        }
        var end = scan.Value(at);
        Offset = at;
        Current = text[at..end];
        at = scan.SkipSpace(end);
        if (scan.Peek(at) == (byte)',')
        {
            at = scan.SkipSpace(at + 1);
        }
        return true;
    }
}
