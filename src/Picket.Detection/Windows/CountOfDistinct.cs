namespace Picket.Detection.Windows;

internal sealed class CountOfDistinct : WindowMeasure
{
    private readonly Dictionary<UInt128, int> counts = [];

    public override void Add(in WindowEntry entry) => counts[entry.Value] = counts.GetValueOrDefault(entry.Value) + 1;

    public override void Forget(in WindowEntry entry)
    {
        if (--System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(counts, entry.Value, out _) == 0)
        {
            counts.Remove(entry.Value);
        }
    }

    public override void Clear() => counts.Clear();

    public override decimal Of(ReadOnlySpan<WindowEntry> window) => counts.Count;
}
