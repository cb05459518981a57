using Picket.Detection.Rules;

namespace Picket.Detection.Windows;

/// <summary>Which triggers look at the matches of each rule. Immutable, thread-safe.</summary>
public sealed class TriggerSet
{
    private readonly TriggerInput[][] byPlace;

    /// <param name="rules">Those of a <see cref="Matching.RuleSet"/>, in its order.</param>
    public TriggerSet(IReadOnlyList<Rule> rules) =>
        byPlace = [.. rules.Select((rule, place) => IsSilent(rule) ? Array.Empty<TriggerInput>() : [new TriggerInput(new Trigger(place, rule, rule.Window is { IsOfEachEvent: false } window ? window : null), 0)])];

    // Sigma's specification, of the level informational: for enrichment; no alerting should be triggered.
    private static bool IsSilent(Rule rule) => rule is { IsSigma: true, Level: RuleLevel.Informational };

    internal ReadOnlySpan<TriggerInput> Of(int place) => byPlace[place];

    /// <summary>Whether a window looks at the matches of a rule.</summary>
    internal bool IsInWindow(int place) => Array.Exists(byPlace[place], to => to.Trigger.Window is not null);

    /// <summary>The longest window over a rule's matches; ns.</summary>
    internal long SpanOf(int place) => byPlace[place].Select(to => to.Trigger.Window?.Span ?? 0).DefaultIfEmpty().Max();
}
