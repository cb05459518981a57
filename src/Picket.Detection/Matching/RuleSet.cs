using Picket.Detection.Rules;
using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Query;

namespace Picket.Detection.Matching;

/// <summary>Rules made ready to be run over batches. Keeps scratch memory between them; not thread-safe.</summary>
public sealed class RuleSet
{
    // What Security 4688 calls what Sysmon's process creation, for which rules are written, calls otherwise.
    private static readonly Dictionary<Field, Field> OfSecurity4688 = new()
    {
        [new("Image")] = new("NewProcessName"),
        [new("ParentImage")] = new("ParentProcessName"),
    };

    private readonly Entry[] entries;
    private readonly SourceRouter router = new();
    private readonly RowSet matched = new();
    private readonly RowSet eligible = new();

    private sealed record Entry(Rule Rule, Matcher Matcher, Matcher? Of4688);

    /// <param name="with4688">Whether Security 4688 counts as process creation.</param>
    public RuleSet(IEnumerable<Rule> rules, bool with4688 = true) => entries =
    [
        .. rules.Select(rule => new Entry(
            rule,
            new Matcher(rule.Filter),
            with4688 && rule.LogSource is { Category: "process_creation", Product: null or "windows", Service: null } ? new Matcher(rule.Filter.WithFields(field => OfSecurity4688.GetValueOrDefault(field, field))) : null)),
    ];

    /// <summary>Adds each rule and row that match, rule by rule.</summary>
    public void Match(EventBatch batch, ICollection<(Rule Rule, int Row)> into)
    {
        var sources = router.Route(batch);
        foreach (var entry in entries)
        {
            Match(entry.Matcher, batch, sources, source => !IsSecurity4688(source) && source.Suits(entry.Rule.LogSource), entry.Rule, into);
            if (entry.Of4688 is { } of4688)
            {
                Match(of4688, batch, sources, IsSecurity4688, entry.Rule, into);
            }
            else
            {
                Match(entry.Matcher, batch, sources, source => IsSecurity4688(source) && entry.Rule.LogSource.Category != "process_creation" && source.Suits(entry.Rule.LogSource), entry.Rule, into);
            }
        }
    }

    private void Match(Matcher matcher, EventBatch batch, IReadOnlyList<(EventSource Source, RowSet Rows)> sources, Func<EventSource, bool> suits, Rule rule, ICollection<(Rule Rule, int Row)> into)
    {
        eligible.Reset(batch.Count);
        foreach (var (source, rows) in sources)
        {
            if (suits(source))
            {
                eligible.Or(rows);
            }
        }
        if (eligible.IsEmpty)
        {
            return;
        }
        matcher.Match(batch, matched);
        matched.And(eligible);
        for (var row = matched.Next(0); row >= 0; row = matched.Next(row + 1))
        {
            into.Add((rule, row));
        }
    }

    private static bool IsSecurity4688(EventSource source) => source is { Product: "windows", Service: "security" } && source.Categories.Contains("process_creation");
}
