using System.Globalization;
using Picket.Events.Schema;
using Picket.Query.Aggregates;
using Picket.Query.Language;

namespace Picket.Query.Pipes;

/// <summary>The kinds of message there are, by their <see cref="Text.MessagePattern"/>, the most frequent first: <c>patterns 20</c>.</summary>
public sealed record Patterns(int Rows, Field Field) : Grouping
{
    public const int Usual = 100;

    public override Aggregation Aggregation => new([Field], 0, [Metric.Count], Rows) { ByPattern = true };

    protected override IReadOnlyList<string> GroupColumns => ["pattern"];

    protected override string Print() => string.Create(CultureInfo.InvariantCulture, $"patterns {Rows} {QueryPrinter.Name(Field)}");
}
