using Picket.Detection.Alerts;
using Picket.Detection.Matching;
using Picket.Detection.Rules;
using Picket.Events.Batches;
using Picket.Query;

namespace Picket.Detection;

/// <summary>
/// What rules would have raised over events that are stored, had they been there from the first of them on and nobody closed an alert: the same detector, whose alerts nobody sees. Not
/// thread-safe.
/// </summary>
public sealed class Backtest
{
    /// <summary>Past so many alerts it is given up: a rule that raises more is not one that people can look at.</summary>
    public const int MostAlerts = 100_000;

    // With more rules, all events are read: to find those that any of them may match costs more.
    private const int MostRulesToFilterBy = 64;

    private readonly AlertBook book = new() { MostEvidence = 100 };
    private readonly Detector detector;
    private readonly RuleMatcher matcher;
    private readonly RuleSet rules;
    private readonly HashSet<Rule> told;

    /// <param name="rules">Those that are looked for, and those that they are of.</param>
    /// <param name="looked">Those of which alerts are told.</param>
    /// <param name="time">Measures what they take.</param>
    public Backtest(IReadOnlyList<Rule> rules, IEnumerable<Rule> looked, bool with4688, TimeProvider time)
    {
        this.rules = new RuleSet(rules, with4688);
        told = looked.ToHashSet<Rule>(ReferenceEqualityComparer.Instance);
        (detector, matcher) = (new Detector(book), new RuleMatcher(this.rules, time, null, (rule, reason) => WhySetAside = $"{rule.Title} ({rule.Id}) cannot be run: {reason}"));
        detector.Use(this.rules, matcher, time);
    }

    /// <summary>What an event must be for one of the rules to match it.</summary>
    public Filter Filter => rules.Rules.Count <= MostRulesToFilterBy ? rules.FilterOf([.. Enumerable.Range(0, rules.Rules.Count)]) : Filter.Everything;

    /// <summary>How much further back events are looked at, for what was seen then is not new; ns.</summary>
    public long Reach => rules.Rules.Max(rule => rule.FirstSeen?.Span ?? rule.Schedule?.Window.Span ?? 0);

    /// <summary>Events before this raise nothing; ns since 1970.</summary>
    public long From
    {
        get => detector.CountsFrom;
        init => detector.CountsFrom = value;
    }

    /// <summary>Events that the rules of which alerts are told matched; of a correlation, those that the rules it is of did.</summary>
    public long Matches { get; private set; }

    /// <summary>What the rules took together.</summary>
    public long Ticks => Enumerable.Range(0, rules.Rules.Count).Sum(place => matcher.CostAt(place).Ticks);

    /// <summary>Groups, and events of scheduled rules, that there was no room for, so that alerts of theirs may be missing or incomplete.</summary>
    public long Evicted => detector.Evicted + detector.RefusedByScheduled;

    /// <summary>Why one of the rules could not be run any more, so that what was found is not all there is; null where all could.</summary>
    public string? WhySetAside { get; private set; }

    /// <summary>Whether there are more alerts than it is gone on for.</summary>
    public bool IsFull => book.Count > MostAlerts;

    /// <summary>The alerts, in the order in which their rules held first.</summary>
    public IReadOnlyList<AlertChange> Alerts => [.. book.Changes.Where(change => told.Contains(change.Rule)).OrderBy(change => change.FiredAt).ThenBy(change => change.Fingerprint, StringComparer.Ordinal)];

    /// <summary>Looks at events.</summary>
    /// <param name="log">The log that numbered them.</param>
    /// <param name="noneBefore">None of those that follow says it happened before this; ns since 1970.</param>
    public async ValueTask LookAsync(EventBatch batch, uint log, long noneBefore, CancellationToken cancellation)
    {
        detector.NoneBefore = noneBefore;
        await detector.LookAsync(batch, log, cancellation);
        Matches += detector.Matches.Count(match => batch.Times[match.Row] >= From);
    }

    /// <summary>There are no further events.</summary>
    public ValueTask EndAsync(CancellationToken cancellation) => detector.EndAsync(cancellation);
}
