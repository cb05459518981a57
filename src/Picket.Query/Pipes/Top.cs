using System.Globalization;
using Picket.Events.Schema;
using Picket.Query.Aggregates;
using Picket.Query.Language;

namespace Picket.Query.Pipes;

/// <summary>The most frequent values: <c>top 10 src_ip</c>.</summary>
public sealed record Top(int Rows, IReadOnlyList<Field> Fields) : Grouping
{
    public override Aggregation Aggregation => new(Fields, 0, [Metric.Count], Rows);

    protected override string Print() => string.Create(CultureInfo.InvariantCulture, $"top {Rows} {QueryPrinter.Names(Fields)}");
}
