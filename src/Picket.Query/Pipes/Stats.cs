using System.Globalization;
using Picket.Events.Schema;
using Picket.Query.Aggregates;
using Picket.Query.Language;

namespace Picket.Query.Pipes;

/// <summary>Measures: <c>stats p95(latency_ms), avg(latency_ms) as mean, distinct(user_id) by http_path</c>.</summary>
public sealed record Stats(IReadOnlyList<NamedMetric> Metrics, IReadOnlyList<Field> Fields) : Grouping
{
    public override Aggregation Aggregation => new(Fields, 0, [.. Metrics.Select(named => named.Metric)]);

    protected override IReadOnlyList<string> MetricColumns => [.. Metrics.Select(named => named.Name)];

    protected override string Print() => $"stats {string.Join(", ", Metrics)}{By(Fields)}";
}

/// <summary>A measure and the name of its column.</summary>
public sealed record NamedMetric(Metric Metric, string Name)
{
    /// <summary>Operators by their names in the language; a percentile is <c>p</c> and its number, such as <c>p99.9</c>.</summary>
    public static readonly IReadOnlyDictionary<string, MetricOperator> Operators = new Dictionary<string, MetricOperator>
    {
        ["count"] = MetricOperator.Count,
        ["sum"] = MetricOperator.Sum,
        ["avg"] = MetricOperator.Average,
        ["min"] = MetricOperator.Minimum,
        ["max"] = MetricOperator.Maximum,
        ["distinct"] = MetricOperator.Distinct,
    };

    /// <summary>The name of a column that was given none.</summary>
    public static string NameOf(Metric metric) => metric.Field is null ? "count" : $"{Function(metric)}({metric.Field.Name})";

    public override string ToString()
    {
        var call = $"{Function(Metric)}({(Metric.Field is null ? "" : QueryPrinter.Name(Metric.Field))})";
        return Name == NameOf(Metric) ? call : $"{call} as {QueryPrinter.Name(new Field(Name))}";
    }

    private static string Function(Metric metric) => metric.Operator == MetricOperator.Percentile
        ? string.Create(CultureInfo.InvariantCulture, $"p{metric.Percent}")
        : Operators.First(pair => pair.Value == metric.Operator).Key;
}
