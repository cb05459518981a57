using System.Globalization;
using Picket.Events.Schema;
using Picket.Query.Aggregates;
using Picket.Query.Language;

namespace Picket.Query.Pipes;

/// <summary>The least frequent values there are: <c>rare 10 user_agent</c>.</summary>
public sealed record Rare(int Rows, IReadOnlyList<Field> Fields) : Grouping
{
    public override Aggregation Aggregation => new(Fields, 0, [Metric.Count]);

    protected override IEnumerable<AggregateRow> Order(IReadOnlyList<AggregateRow> groups) => groups.OrderBy(group => group.Count).Take(Rows);

    protected override string Print() => string.Create(CultureInfo.InvariantCulture, $"rare {Rows} {QueryPrinter.Names(Fields)}");
}
