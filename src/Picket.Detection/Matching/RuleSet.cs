using Picket.Detection.Rules;
using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Query;

namespace Picket.Detection.Matching;

/// <summary>
/// Rules made ready to be run over batches. A batch is parted by where its events come from, so that a rule looks only at events it is written for. Keeps scratch memory
/// between batches; not thread-safe.
/// </summary>
/// <param name="with4688">Whether Security 4688 counts as process creation.</param>
public sealed class RuleSet(IEnumerable<Rule> rules, bool with4688 = true) : IDisposable
{
    // What Security 4688 calls what Sysmon's process creation, for which rules are written, calls otherwise.
    private static readonly Dictionary<Field, Field> OfSecurity4688 = new()
    {
        [new("Image")] = new("NewProcessName"),
        [new("ParentImage")] = new("ParentProcessName"),
    };

    // Sources are made from what senders send.
    private const int Remembered = 1_000;

    private readonly Rule[] rules = [.. rules];
    private readonly SourceRouter router = new();
    private readonly Dictionary<EventSource, Entry[]> suited = new(ReferenceEqualityComparer.Instance);
    private readonly EventBatchBuilder part = new();
    private readonly RowSet matched = new();

    private sealed record Entry(Rule Rule, Matcher Matcher);

    /// <summary>Adds each rule and row that match; those of a row in the order of the rules.</summary>
    public void Match(EventBatch batch, ICollection<(Rule Rule, int Row)> into)
    {
        foreach (var (source, rows) in router.Route(batch))
        {
            var entries = Suited(source);
            if (entries.Length == 0)
            {
                continue;
            }
            var places = Places(rows);
            using var events = places.Length == batch.Count ? batch.Share() : Copy(batch, places);
            foreach (var entry in entries)
            {
                entry.Matcher.Match(events, matched);
                for (var row = matched.Next(0); row >= 0; row = matched.Next(row + 1))
                {
                    into.Add((entry.Rule, places[row].Row));
                }
            }
        }
    }

    public void Dispose() => part.Dispose();

    private Entry[] Suited(EventSource source)
    {
        if (!suited.TryGetValue(source, out var entries))
        {
            entries = [.. rules.Select(rule => For(rule, source)).OfType<Entry>()];
            if (suited.Count < Remembered)
            {
                suited.Add(source, entries);
            }
        }
        return entries;
    }

    private Entry? For(Rule rule, EventSource source)
    {
        if (source is not { Service: "security" } || !source.Categories.Contains("process_creation") || rule.LogSource.Category != "process_creation")
        {
            return source.Suits(rule.LogSource) ? new Entry(rule, new Matcher(rule.Filter)) : null;
        }
        return with4688 && rule.LogSource is { Product: null or "windows", Service: null }
            ? new Entry(rule, new Matcher(rule.Filter.WithFields(field => OfSecurity4688.GetValueOrDefault(field, field))))
            : null;
    }

    private static RowRef[] Places(RowSet rows)
    {
        var places = new RowRef[rows.Count];
        for (var (row, i) = (rows.Next(0), 0); row >= 0; (row, i) = (rows.Next(row + 1), i + 1))
        {
            places[i] = new RowRef(0, row);
        }
        return places;
    }

    private EventBatch Copy(EventBatch batch, RowRef[] places)
    {
        part.AddRows([batch], places);
        return part.Seal();
    }
}
