using Picket.Events.Schema;
using Picket.Query.Aggregates;
using Picket.Query.Language;

namespace Picket.Query.Pipes;

/// <summary>The values there are, each once: <c>distinct user_id, app</c>.</summary>
public sealed record Distinct(IReadOnlyList<Field> Fields) : Grouping
{
    public override Aggregation Aggregation => new(Fields, 0, []);

    protected override IReadOnlyList<string> MetricColumns => [];

    protected override string Print() => $"distinct {QueryPrinter.Names(Fields)}";
}
