namespace Picket.Detection.Windows;

/// <summary>Keeps nothing: one is that of all groups.</summary>
internal sealed class CountOfEvents : WindowMeasure
{
    public static readonly CountOfEvents Instance = new();

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
