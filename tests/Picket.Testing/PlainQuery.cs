using System.Globalization;
using Picket.Events;
using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Query;
using Picket.Query.Aggregates;
using Picket.Query.Language;
using Picket.Query.Pipes;
using Picket.Query.Sorting;

namespace Picket.Testing;

/// <summary>The oracle of queries with pipes: rows as dictionaries, one pipe after the other, with no thought of speed.</summary>
public static class PlainQuery
{
    /// <summary>A row: its values by name, and where it stands among the events.</summary>
    private sealed record Row(Dictionary<string, string> Values, long Time, int Number);

    /// <summary>The rows of the answer, each as <c>name=value</c> parts in the order of names.</summary>
    /// <param name="newestFirst">Whether events come newest first, as a store lists them, or in their order.</param>
    public static List<string> Run(ParsedQuery query, EventBatch events, bool newestFirst = true)
    {
        var rows = new List<Row>();
        for (var number = 0; number < events.Count; number++)
        {
            if (query.Time.Contains(events.Times[number]) && PlainMatch.Holds(query.Filter, events[number]))
            {
                rows.Add(new Row(Values(events, number), events.Times[number], number));
            }
        }
        rows = newestFirst ? [.. rows.OrderByDescending(row => row.Time).ThenByDescending(row => row.Number)] : rows;
        foreach (var pipe in query.Pipes)
        {
            rows = Apply(pipe, rows);
        }
        return [.. rows.Select(Show)];
    }

    /// <summary>An answer's rows in the same way.</summary>
    public static List<string> Show(Table table) => [.. table.Rows.Select(row =>
        string.Join(" ", table.Columns.Zip(row).Where(pair => pair.Second.Text is not null).OrderBy(pair => pair.First, StringComparer.Ordinal).Select(pair => $"{pair.First}={Round(pair.Second.Text!)}")))];

    private static string Show(Row row) => string.Join(" ", row.Values.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={Round(pair.Value)}"));

    // Sums of fractions depend on their order.
    private static string Round(string text) =>
        text.Contains('.') && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? Math.Round(number, 6).ToString(CultureInfo.InvariantCulture) : text;

    private static Dictionary<string, string> Values(EventBatch events, int row)
    {
        var values = new Dictionary<string, string> { ["ts"] = Instant.Format(events.Times[row]) };
        foreach (var field in events.Fields)
        {
            if (events[row].TryGet(field, out var value) && value.Kind != ValueKind.Null)
            {
                values[field.Name] = value.ToString();
            }
        }
        return values;
    }

    private static List<Row> Apply(Pipe pipe, List<Row> rows) => pipe switch
    {
        Where where => [.. rows.Where(row => Holds(where, row))],
        Keep keep => [.. rows.Select(row => row with { Values = row.Values.Where(pair => keep.Fields.Any(field => field.Name == pair.Key)).ToDictionary() })],
        Sort sort => Sorted(sort.Order, rows),
        Head head => [.. rows.Take(head.Rows)],
        Count count => [.. Groups(rows, count.Fields, count.MetricsOf(), 0).OrderByDescending(row => long.Parse(row.Values["count"], CultureInfo.InvariantCulture))],
        Top top => [.. Groups(rows, top.Fields, top.MetricsOf(), 0).OrderByDescending(row => long.Parse(row.Values["count"], CultureInfo.InvariantCulture)).Take(top.Rows)],
        Rare rare => [.. Groups(rows, rare.Fields, rare.MetricsOf(), 0).OrderBy(row => long.Parse(row.Values["count"], CultureInfo.InvariantCulture)).Take(rare.Rows)],
        Distinct distinct => Groups(rows, distinct.Fields, [], 0),
        Histogram histogram => Groups(rows, histogram.Fields, histogram.MetricsOf(), histogram.Interval),
        Stats stats => Groups(rows, stats.Fields, stats.Metrics, 0),
        _ => throw new NotSupportedException(pipe.ToString()),
    };

    private static NamedMetric[] MetricsOf(this Grouping _) => [new NamedMetric(Metric.Count, "count")];

    private static bool Holds(Where where, Row row)
    {
        using var builder = new EventBatchBuilder();
        Levels.Spellings.TryRead(System.Text.Encoding.UTF8.GetBytes(row.Values.GetValueOrDefault("level", "info")), out var level, out _);
        Severities.Spellings.TryRead(System.Text.Encoding.UTF8.GetBytes(row.Values.GetValueOrDefault("severity", "info")), out var severity, out _);
        builder.BeginEvent(TenantId.Default, row.Time, 0, level, severity);
        foreach (var (name, value) in row.Values.Where(pair => pair.Key is not ("ts" or "level" or "severity")))
        {
            // None of the texts of these events begins as an array does.
            builder.Add(new Field(name), value.StartsWith('[') ? ValueKind.Json : ValueKind.Text, System.Text.Encoding.UTF8.GetBytes(value));
        }
        builder.EndEvent([]);
        using var batch = builder.Seal();
        return PlainMatch.Holds(where.Filter, batch[0]);
    }

    private static List<Row> Sorted(SortOrder order, List<Row> rows)
    {
        var sorted = rows.OrderBy(_ => 0);
        foreach (var key in order.Keys)
        {
            SortValue Of(Row row) => SortValue.Of(Cell.OfText(row.Values.GetValueOrDefault(key.Field.Name)));
            sorted = sorted.ThenBy(Of, Comparer<SortValue>.Create((a, b) => a.CompareTo(b, key.IsDescending)));
        }
        return [.. sorted];
    }

    // In the order of their times and keys, none before any.
    private static List<Row> Groups(List<Row> rows, IReadOnlyList<Field> by, IReadOnlyList<NamedMetric> metrics, long interval)
    {
        var groups = new SortedDictionary<string, List<Row>>(StringComparer.Ordinal);
        foreach (var row in rows)
        {
            var from = interval > 0 ? row.Time - (row.Time % interval) : 0;
            var key = $"{from:D20}\0" + string.Join('\0', by.Select(field => row.Values.TryGetValue(field.Name, out var value) ? "\u0001" + value : ""));
            groups.TryAdd(key, []);
            groups[key].Add(row);
        }
        if (groups.Count == 0 && by.Count == 0 && interval == 0)
        {
            groups.Add("", []);
        }
        return [.. groups.Values.Select((group, number) =>
        {
            var values = by.Where(field => group[0].Values.ContainsKey(field.Name)).ToDictionary(field => field.Name, field => group[0].Values[field.Name]);
            var from = group.Count > 0 && interval > 0 ? group[0].Time - (group[0].Time % interval) : 0;
            if (interval > 0)
            {
                values["ts"] = Instant.Format(from);
            }
            foreach (var metric in metrics)
            {
                if (Measure(metric.Metric, group) is { } measured)
                {
                    var isTime = metric.Metric.Field?.Name == "ts" && metric.Metric.Operator is MetricOperator.Minimum or MetricOperator.Maximum or MetricOperator.Average;
                    values[metric.Name] = isTime ? Instant.Format((long)Math.Round(measured / 1_000) * 1_000) : measured.ToString("R", CultureInfo.InvariantCulture);
                }
            }
            // Grouped by time, that is when it is.
            var at = interval == 0 && values.TryGetValue("ts", out var typed) ? Instant.From(DateTimeOffset.Parse(typed, CultureInfo.InvariantCulture)) : from;
            return new Row(values, at, number);
        })];
    }

    private static double? Measure(Metric metric, List<Row> group)
    {
        if (metric.Field is null)
        {
            return group.Count;
        }
        var texts = group.Where(row => row.Values.ContainsKey(metric.Field.Name)).Select(row => row.Values[metric.Field.Name]).ToArray();
        var numbers = texts.Select(text => metric.Field.Name == "ts" ? Instant.From(DateTimeOffset.Parse(text, CultureInfo.InvariantCulture)) : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : (double?)null).OfType<double>().ToArray();
        return metric.Operator switch
        {
            MetricOperator.Count => texts.Length,
            MetricOperator.Distinct => texts.Distinct().Count(),
            MetricOperator.Sum => numbers.Sum(),
            _ when numbers.Length == 0 => null,
            MetricOperator.Average => numbers.Average(),
            MetricOperator.Minimum => numbers.Min(),
            _ => numbers.Max(),
        };
    }
}
