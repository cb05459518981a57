namespace Picket.Detection.Windows;

/// <summary>Decimal, so that what is added and taken away again leaves no trace, in whatever order.</summary>
internal sealed class SumOfNumbers(bool isMean) : WindowMeasure
{
    private decimal sum;

    public override void Add(in WindowEntry entry) => sum += entry.Number;

    public override void Forget(in WindowEntry entry) => sum -= entry.Number;

    public override void Clear() => sum = 0;

    public override decimal Of(ReadOnlySpan<WindowEntry> window) => isMean ? sum / window.Length : sum;
}
