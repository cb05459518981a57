using Picket.Events.Schema;

namespace Picket.Query.Aggregates;

/// <summary>What is measured in each group.</summary>
public enum MetricOperator : byte
{
    Count,
    Sum,
    Average,
    Minimum,
    Maximum,
    Percentile,
    Distinct,
}

/// <param name="Operator">What to measure.</param>
/// <param name="Field">Of which field; null for a count of events.</param>
/// <param name="Percent">For a percentile: 0 to 100.</param>
public sealed record Metric(MetricOperator Operator, Field? Field = null, double Percent = 0)
{
    public static readonly Metric Count = new(MetricOperator.Count);
}

/// <param name="GroupBy">Fields whose values make the groups; an event without one is in the group of none.</param>
/// <param name="Interval">Length of time buckets in ns, counted from 1970; 0 for none.</param>
/// <param name="Metrics">What to measure in each group.</param>
/// <param name="Top">Only the largest groups, by the first metric, which there must then be; 0 for all.</param>
public sealed record Aggregation(IReadOnlyList<Field> GroupBy, long Interval, IReadOnlyList<Metric> Metrics, int Top = 0)
{
    /// <summary>Whether values are grouped by their <see cref="Text.MessagePattern"/>, not as they are.</summary>
    public bool ByPattern { get; init; }

    /// <summary>Whether only events are counted.</summary>
    public bool IsCount => Metrics.All(metric => metric is { Operator: MetricOperator.Count, Field: null });

    /// <summary>Whether it asks the same.</summary>
    public bool Equals(Aggregation? other) => other is not null && (Interval, Top, ByPattern) == (other.Interval, other.Top, other.ByPattern)
        && GroupBy.SequenceEqual(other.GroupBy) && Metrics.SequenceEqual(other.Metrics);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.Add(Interval);
        hash.Add(Top);
        foreach (var field in GroupBy)
        {
            hash.Add(field);
        }
        foreach (var metric in Metrics)
        {
            hash.Add(metric);
        }
        return hash.ToHashCode();
    }
}

/// <summary>One group of an answer.</summary>
/// <param name="Key">A value for each field grouped by, as text where it is written alike in several kinds; none where the events have none.</param>
/// <param name="From">The time bucket's start; 0 without an interval.</param>
/// <param name="Count">Events in the group.</param>
/// <param name="Values">The metrics; NaN when no event had a value for one.</param>
public sealed record AggregateRow(IReadOnlyList<Cell> Key, long From, long Count, IReadOnlyList<double> Values);

/// <summary>Groups: the largest first when only the top was asked for, else by time and then key.</summary>
public sealed record AggregateTable(IReadOnlyList<AggregateRow> Rows);
