namespace Picket.Events.Batches;

/// <summary>The distinct shapes of a batch being gathered, each with its number.</summary>
internal sealed class ShapeTable : IDisposable
{
    private readonly NativeBuffer text = new();
    private readonly NativeBuffer ends = new();
    private readonly Dictionary<ulong, int> byHash = [];

    public ReadOnlySpan<byte> Text => text.Written;
    public ReadOnlySpan<int> Ends => ends.As<int>();

    public int Add(ReadOnlySpan<byte> shape)
    {
        var hash = Schema.Field.HashOf(shape);
        // Two shapes of one hash: the next free hash is taken, so that equal ones still meet.
        while (byHash.TryGetValue(hash, out var known))
        {
            if (shape.SequenceEqual(text.Written[(known == 0 ? 0 : Ends[known - 1])..Ends[known]]))
            {
                return known;
            }
            hash++;
        }
        var code = byHash.Count;
        byHash.Add(hash, code);
        text.Append(shape);
        ends.Append(text.Length);
        return code;
    }

    public void Clear()
    {
        text.Clear();
        ends.Clear();
        byHash.Clear();
    }

    public void Dispose()
    {
        text.Dispose();
        ends.Dispose();
    }
}
