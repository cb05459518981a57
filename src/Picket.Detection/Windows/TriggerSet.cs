using Picket.Detection.Rules;

namespace Picket.Detection.Windows;

/// <summary>Which triggers look at the matches of each rule. Immutable, thread-safe.</summary>
public sealed class TriggerSet
{
    private readonly TriggerInput[][] byPlace;
    private readonly long[] reach;
    private readonly Trigger?[] own;
    private readonly Dictionary<Rule, Trigger> byRule = new(ReferenceEqualityComparer.Instance);

    /// <param name="rules">Those of a <see cref="Matching.RuleSet"/>, in its order.</param>
    /// <param name="inputsOf">For the place of a correlation the places of the rules that it is of; null where some cannot be found, for them all by their names.</param>
    public TriggerSet(IReadOnlyList<Rule> rules, Func<int, IReadOnlyList<int>?>? inputsOf = null)
    {
        var references = new Lazy<RuleReferences>(() => new RuleReferences(rules.Select((rule, place) => (rule, place))));
        var correlations = Enumerable.Range(0, rules.Count).Where(place => rules[place].Correlation is not null)
            .Select(place => (Place: place, Inputs: inputsOf is null ? references.Value.Resolve(rules[place], out _, out _) : inputsOf(place)))
            .Where(of => of.Inputs is not null).ToDictionary(of => of.Place, of => of.Inputs!);
        // Sigma's specification: a rule that a correlation refers to raises nothing by itself, unless it says generate.
        var silent = correlations.Where(of => !rules[of.Key].Correlation!.AlertsOfRules).SelectMany(of => of.Value).ToHashSet();
        var inputs = rules.Select(_ => new List<TriggerInput>()).ToArray();
        var triggers = new Dictionary<int, Trigger>();
        for (var place = 0; place < rules.Count; place++)
        {
            var rule = rules[place];
            var window = rule.Window is { IsOfEachEvent: false } own ? own : null;
            // Of one with a window of its own others see the episodes, silent or not.
            if (rule.Correlation is null && !IsForEnrichment(rule) && (window is not null || !silent.Contains(place)))
            {
                inputs[place].Add(new TriggerInput(byRule[rule] = new Trigger(place, rule, window) { IsSilent = silent.Contains(place) }, 0, 0));
            }
        }
        foreach (var place in correlations.Keys)
        {
            Make(place);
        }
        byPlace = [.. inputs.Select(list => list.ToArray())];
        var all = byPlace.SelectMany(list => list).Select(to => to.Trigger).Concat(triggers.Values).Distinct(ReferenceEqualityComparer.Instance).Cast<Trigger>().Where(trigger => trigger.Window is not null).ToArray();
        // Those above first.
        foreach (var trigger in all.OrderByDescending(trigger => trigger.Level))
        {
            trigger.Reach = trigger.Parents.Count == 0 ? trigger.Window!.Span : (2 * trigger.Window!.Span) + trigger.Parents.Max(parent => parent.To.Reach);
        }
        own = new Trigger[rules.Count];
        foreach (var trigger in byRule.Values)
        {
            own[trigger.Place] = trigger;
        }
        reach = [.. byPlace.Select(list => list.Select(to => to.Trigger.Window is null ? 0 : to.Trigger.Reach).DefaultIfEmpty().Max())];
        foreach (var trigger in all)
        {
            trigger.LongestReach = trigger.Bases.Max(of => ReachOf(of.Place));
        }
        Watching = [.. byPlace.SelectMany(list => list).Select(to => to.Trigger).Where(trigger => trigger.Rule.Absence is not null)];
        LooksForNew = byPlace.Any(list => Array.Exists(list, to => to.Trigger.Rule.FirstSeen is not null));
        Waiting = [.. all.Where(trigger => trigger.Waits)];

        // One of correlations after theirs.
        Trigger Make(int place)
        {
            if (!triggers.TryGetValue(place, out var trigger))
            {
                var of = correlations[place].Select(input => (Rule: rules[input], Place: input, Trigger: correlations.ContainsKey(input) ? Make(input) : byRule.GetValueOrDefault(rules[input]) is { Window: not null } own ? own : null)).ToArray();
                triggers.Add(place, trigger = Trigger.Of(place, rules[place], of, silent.Contains(place)));
                byRule[trigger.Rule] = trigger;
                var ofBase = 0;
                for (var i = 0; i < of.Length; i++)
                {
                    of[i].Trigger?.Parents.Add((trigger, i, ofBase));
                    if (of[i].Trigger is null)
                    {
                        inputs[of[i].Place].Add(new TriggerInput(trigger, i, ofBase));
                    }
                    ofBase += of[i].Trigger?.Bases.Count ?? 1;
                }
            }
            return trigger;
        }
    }

    // Sigma's specification, of the level informational: for enrichment; no alerting should be triggered.
    private static bool IsForEnrichment(Rule rule) => rule is { IsSigma: true, Level: RuleLevel.Informational };

    /// <summary>Those of which is known only when no further event is waited for where they hold.</summary>
    internal IReadOnlyList<Trigger> Waiting { get; }

    /// <summary>Whether some look for values that were not seen.</summary>
    internal bool LooksForNew { get; }

    /// <summary>Those that wait for events.</summary>
    internal IReadOnlyList<Trigger> Watching { get; }

    internal ReadOnlySpan<TriggerInput> Of(int place) => byPlace[place];

    /// <summary>The one whose own rule is at a place; there must be one.</summary>
    internal Trigger At(int place) => own[place]!;

    /// <summary>Whether a rule's matches are looked at with others.</summary>
    internal bool HasWindows(int place) => reach[place] > 0;

    /// <summary>How far back a rule's matches are needed in memory; ns.</summary>
    internal long ReachOf(int place) => reach[place];

    /// <summary>What a trigger of other rules is among these; null where it, or what it looks at or is looked at by, is not as it was.</summary>
    internal Trigger? SameAs(Trigger other) =>
        byRule.TryGetValue(other.Rule, out var trigger) && trigger.IsSilent == other.IsSilent
        && trigger.Bases.Select(of => of.Rule).SequenceEqual(other.Bases.Select(of => of.Rule), ReferenceEqualityComparer.Instance)
        && trigger.Parents.Select(parent => parent.To.Rule).SequenceEqual(other.Parents.Select(parent => parent.To.Rule), ReferenceEqualityComparer.Instance) ? trigger : null;
}
