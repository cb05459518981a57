using Picket.Events;
using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Query.Aggregates;
using Picket.Query.Language;

namespace Picket.Query.Pipes;

/// <summary>A step that makes groups of rows and gives one row for each.</summary>
public abstract record Grouping : Pipe
{
    /// <summary>What to gather.</summary>
    public abstract Aggregation Aggregation { get; }

    /// <summary>The names of what it gives: the time bucket, the fields grouped by, the measures.</summary>
    public IReadOnlyList<string> Columns => [.. TimeColumn, .. GroupColumns, .. MetricColumns];

    protected virtual IReadOnlyList<string> MetricColumns => ["count"];

    protected virtual IReadOnlyList<string> GroupColumns => [.. Aggregation.GroupBy.Select(by => by.Name)];

    private string[] TimeColumn => Aggregation.Interval > 0 ? [EventSchema.Ts.Name] : [];

    /// <summary>The rows of the groups, in the order they are shown.</summary>
    public Table ToTable(AggregateTable groups)
    {
        // Nothing to count is a count of none, not no count.
        var nothing = groups.Rows.Count == 0 && Aggregation is { GroupBy.Count: 0, Interval: 0 };
        var rows = nothing ? [new AggregateRow([], 0, 0, [.. Aggregation.Metrics.Select(Empty)])] : Order(groups.Rows);
        return new Table(Columns, [.. rows.Select(ToCells)]);
    }

    /// <summary>Which groups are shown, and in which order.</summary>
    protected virtual IEnumerable<AggregateRow> Order(IReadOnlyList<AggregateRow> groups) => groups;

    protected static string By(IReadOnlyList<Field> fields) => fields.Count == 0 ? "" : $" by {QueryPrinter.Names(fields)}";

    private static double Empty(Metric metric) => metric.Operator is MetricOperator.Count or MetricOperator.Sum or MetricOperator.Distinct ? 0 : double.NaN;

    // A measure of times is a time, but for how many there are. A double holds it to the microsecond.
    private static Cell ToCell(Metric metric, double value) =>
        metric is { Field: { } of, Operator: MetricOperator.Minimum or MetricOperator.Maximum or MetricOperator.Average or MetricOperator.Percentile } && double.IsFinite(value) && EventSchema.IsTime(of)
            ? new Cell(ValueKind.Instant, Instant.Format((long)Math.Round(value / Instant.PerMicrosecond) * Instant.PerMicrosecond))
            : Cell.OfNumber(value);

    private Cell[] ToCells(AggregateRow row)
    {
        var cells = row.Key.Concat(row.Values.Take(MetricColumns.Count).Select((value, i) => ToCell(Aggregation.Metrics[i], value)));
        return Aggregation.Interval > 0 ? [new Cell(ValueKind.Instant, Instant.Format(row.From)), .. cells] : [.. cells];
    }
}
