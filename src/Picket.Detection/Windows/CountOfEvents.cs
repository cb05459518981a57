namespace Picket.Detection.Windows;

internal sealed class CountOfEvents : WindowMeasure
{
    public override void Add(in WindowEntry entry)
    {
    }

    public override void Forget(in WindowEntry entry)
    {
    }

    public override void Clear()
    {
    }

    public override decimal Of(ReadOnlySpan<WindowEntry> window) => window.Length;
}
