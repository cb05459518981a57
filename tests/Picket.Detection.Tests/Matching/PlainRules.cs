using Picket.Detection.Matching;
using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Query;
using Picket.Testing;

namespace Picket.Detection.Tests.Matching;

/// <summary>The oracle: each rule over each event, with no thought of speed.</summary>
internal static class PlainRules
{
    /// <summary>Every place of a rule and row that match, an event at a time.</summary>
    public static List<(int Row, int Rule)> Match(RuleSet rules, EventBatch batch)
    {
        var found = new List<(int, int)>();
        for (var row = 0; row < batch.Count; row++)
        {
            var source = SourceOf(batch[row]);
            foreach (var rule in rules.Compiled)
            {
                if (rule.Suits(source) && PlainMatch.Holds(rule.Filter, batch[row]))
                {
                    found.Add((row, rule.Place));
                }
            }
        }
        return [.. found.Order()];
    }

    /// <summary>The same of many events at once: a rule at a time, by the matcher of searches.</summary>
    public static List<(int Row, int Rule)> MatchMany(RuleSet rules, EventBatch batch)
    {
        var sources = Enumerable.Range(0, batch.Count).GroupBy(row => SourceOf(batch[row])).ToArray();
        var found = new List<(int, int)>();
        foreach (var of in sources)
        {
            var places = of.Select(row => new RowRef(0, row)).ToArray();
            using var builder = new EventBatchBuilder();
            builder.AddRows([batch], places);
            using var part = builder.Seal();
            var rows = new RowSet();
            foreach (var rule in rules.Compiled.Where(rule => rule.Suits(of.Key)))
            {
                new Matcher(rule.Filter).Match(part, rows);
                for (var row = rows.Next(0); row >= 0; row = rows.Next(row + 1))
                {
                    found.Add((places[row].Row, rule.Place));
                }
            }
        }
        return [.. found.Order()];
    }

    public static List<(int Row, int Rule)> ByMatcher(RuleMatcher matcher, EventBatch batch)
    {
        var matches = new List<RuleMatch>();
        matcher.Match(batch, matches);
        return [.. matches.Select(match => (match.Row, match.Place))];
    }

    private static EventSource SourceOf(EventRow row)
    {
        var values = new Dictionary<Field, string>();
        foreach (var field in SourceTable.Fields)
        {
            if (row.TryGet(field, out var value) && value.Kind != ValueKind.Null)
            {
                values.Add(field, value.ToString());
            }
        }
        return SourceTable.Find(values).Source;
    }
}
