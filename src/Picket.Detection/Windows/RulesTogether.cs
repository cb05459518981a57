using System.Numerics;

namespace Picket.Detection.Windows;

internal sealed class RulesTogether : WindowMeasure
{
    private readonly int[] counts = new int[64];
    private int there;

    public override void Add(in WindowEntry entry)
    {
        for (var inputs = entry.Inputs; inputs != 0; inputs &= inputs - 1)
        {
            there += counts[BitOperations.TrailingZeroCount(inputs)]++ == 0 ? 1 : 0;
        }
    }

    public override void Forget(in WindowEntry entry)
    {
        for (var inputs = entry.Inputs; inputs != 0; inputs &= inputs - 1)
        {
            there -= --counts[BitOperations.TrailingZeroCount(inputs)] == 0 ? 1 : 0;
        }
    }

    public override void Clear()
    {
        Array.Clear(counts);
        there = 0;
    }

    public override decimal Of(ReadOnlySpan<WindowEntry> window) => there;
}
