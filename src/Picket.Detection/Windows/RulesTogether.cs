using System.Numerics;

namespace Picket.Detection.Windows;

/// <summary>How many of the rules have an event; or, where a condition says which of them are needed, one where it holds and none where it does not.</summary>
internal sealed class RulesTogether(Func<ulong, bool>? condition) : WindowMeasure
{
    // For as many rules as have had an event: most groups have those of one.
    private int[] counts = [];
    private ulong there;

    public override void Add(in WindowEntry entry)
    {
        for (var inputs = entry.Inputs; inputs != 0; inputs &= inputs - 1)
        {
            var rule = BitOperations.TrailingZeroCount(inputs);
            if (rule >= counts.Length)
            {
                Array.Resize(ref counts, rule + 1);
            }
            counts[rule]++;
            there |= 1ul << rule;
        }
    }

    public override void Forget(in WindowEntry entry)
    {
        for (var inputs = entry.Inputs; inputs != 0; inputs &= inputs - 1)
        {
            var rule = BitOperations.TrailingZeroCount(inputs);
            if (--counts[rule] == 0)
            {
                there &= ~(1ul << rule);
            }
        }
    }

    public override void Clear()
    {
        Array.Clear(counts);
        there = 0;
    }

    public override decimal Of(ReadOnlySpan<WindowEntry> window) => condition is null ? BitOperations.PopCount(there) : condition(there) ? 1 : 0;
}
