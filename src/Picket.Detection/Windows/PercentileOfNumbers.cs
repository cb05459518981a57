namespace Picket.Detection.Windows;

/// <summary>Between the two numbers around its place it is interpolated linearly, as spreadsheets do: of 1, 2, 3 and 4 the 50th is 2.5.</summary>
internal sealed class PercentileOfNumbers(decimal percentile) : WindowMeasure
{
    private decimal[] numbers = [];

    public override void Add(in WindowEntry entry)
    {
    }

    public override void Forget(in WindowEntry entry)
    {
    }

    public override void Clear()
    {
    }

    public override decimal Of(ReadOnlySpan<WindowEntry> window)
    {
        if (numbers.Length < window.Length)
        {
            numbers = new decimal[window.Length * 2];
        }
        for (var i = 0; i < window.Length; i++)
        {
            numbers[i] = window[i].Number;
        }
        var sorted = numbers.AsSpan(0, window.Length);
        sorted.Sort();
        var place = percentile / 100 * (sorted.Length - 1);
        var below = (int)decimal.Floor(place);
        return below + 1 < sorted.Length ? sorted[below] + ((place - below) * (sorted[below + 1] - sorted[below])) : sorted[below];
    }
}
