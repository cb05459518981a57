using Picket.Events.Schema;
using Picket.Query.Aggregates;
using Picket.Query.Language;

namespace Picket.Query.Pipes;

/// <summary>How many there are in each stretch of time: <c>histogram 5m by level</c>. A stretch without any has no row.</summary>
/// <param name="Interval">ns; stretches are counted from 1970.</param>
public sealed record Histogram(long Interval, IReadOnlyList<Field> Fields) : Grouping
{
    public override Aggregation Aggregation => new(Fields, Interval, [Metric.Count]);

    protected override string Print() => $"histogram {TimeText.PrintLength(Interval)}{By(Fields)}";
}
