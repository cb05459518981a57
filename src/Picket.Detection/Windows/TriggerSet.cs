using Picket.Detection.Rules;

namespace Picket.Detection.Windows;

/// <summary>Which triggers look at the matches of each rule. Immutable, thread-safe.</summary>
public sealed class TriggerSet
{
    private readonly TriggerInput[][] byPlace;

    /// <param name="rules">Those of a <see cref="Matching.RuleSet"/>, in its order.</param>
    /// <param name="inputsOf">For the place of a correlation the places of the rules that it is of; null where some cannot be found, for them all by their names.</param>
    public TriggerSet(IReadOnlyList<Rule> rules, Func<int, IReadOnlyList<int>?>? inputsOf = null)
    {
        var named = new Lazy<IReadOnlyDictionary<string, (int, bool)>>(() => Correlation.PlacesOf(rules.Select((rule, place) => (rule, place))));
        var correlations = Enumerable.Range(0, rules.Count).Where(place => rules[place].Correlation is not null)
            .Select(place => (Place: place, Inputs: inputsOf is null ? rules[place].Correlation!.Resolve(named.Value, out _, out _) : inputsOf(place))).Where(of => of.Inputs is not null).ToArray();
        // Sigma's specification: a rule that a correlation refers to raises nothing by itself, unless it says generate.
        var silent = correlations.Where(of => !rules[of.Place].Correlation!.AlertsOfRules).SelectMany(of => of.Inputs!).ToHashSet();
        var inputs = rules.Select((rule, place) => IsSilent(rule) || silent.Contains(place) ? new List<TriggerInput>() : [new TriggerInput(new Trigger(place, rule, rule.Window is { IsOfEachEvent: false } window ? window : null), 0)]).ToArray();
        foreach (var (place, of) in correlations)
        {
            var trigger = Trigger.Of(place, rules[place], [.. of!.Select(input => (rules[input], input))]);
            for (var i = 0; i < of!.Count; i++)
            {
                inputs[of[i]].Add(new TriggerInput(trigger, i));
            }
        }
        byPlace = [.. inputs.Select(list => list.ToArray())];
        foreach (var trigger in byPlace.SelectMany(list => list).Select(to => to.Trigger).Where(trigger => trigger.Window is not null))
        {
            trigger.LongestSpan = trigger.Inputs.Max(input => SpanOf(input.Place));
        }
        Waits = inputs.Any(list => list.Exists(to => to.Trigger.Window is { IsRising: false }));
    }

    // Sigma's specification, of the level informational: for enrichment; no alerting should be triggered.
    private static bool IsSilent(Rule rule) => rule.Correlation is not null || rule is { IsSigma: true, Level: RuleLevel.Informational };

    /// <summary>Whether there are windows of which is known only when no further event is waited for whether they hold.</summary>
    internal bool Waits { get; }

    internal ReadOnlySpan<TriggerInput> Of(int place) => byPlace[place];

    /// <summary>Whether a window looks at the matches of a rule.</summary>
    internal bool IsInWindow(int place) => Array.Exists(byPlace[place], to => to.Trigger.Window is not null);

    /// <summary>The longest window over a rule's matches; ns.</summary>
    internal long SpanOf(int place) => byPlace[place].Select(to => to.Trigger.Window?.Span ?? 0).DefaultIfEmpty().Max();
}
