using Picket.Events.Schema;
using Picket.Query.Aggregates;

namespace Picket.Query.Pipes;

/// <summary>How many there are: <c>count</c>, <c>count by level, app</c>; the most frequent first.</summary>
public sealed record Count(IReadOnlyList<Field> Fields) : Grouping
{
    public override Aggregation Aggregation => new(Fields, 0, [Metric.Count]);

    protected override IEnumerable<AggregateRow> Order(IReadOnlyList<AggregateRow> groups) => groups.OrderByDescending(group => group.Count);

    protected override string Print() => "count" + By(Fields);
}
