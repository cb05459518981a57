using Picket.Detection.Rules;

namespace Picket.Detection.Windows;

/// <summary>The measure of a window that slides over a group: events are added at its end, or anywhere, and taken away.</summary>
internal abstract class WindowMeasure
{
    public static WindowMeasure New(Window window) => window.Measure switch
    {
        Measure.Events => CountOfEvents.Instance,
        Measure.Distinct => new CountOfDistinct(),
        Measure.Sum or Measure.Average => new SumOfNumbers(window.Measure == Measure.Average),
        Measure.Percentile => new PercentileOfNumbers(window.Percentile),
        Measure.Together => new RulesTogether(window.OfRules),
        _ => new RulesInOrder((int)window.Than),
    };

    public abstract void Add(in WindowEntry entry);

    public abstract void Forget(in WindowEntry entry);

    public abstract void Clear();

    /// <summary>The measure; of a window that is not empty.</summary>
    /// <param name="window">What was added and not forgotten, in order.</param>
    public abstract decimal Of(ReadOnlySpan<WindowEntry> window);
}
