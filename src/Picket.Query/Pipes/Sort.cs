using Picket.Query.Language;
using Picket.Query.Sorting;

namespace Picket.Query.Pipes;

/// <summary>Puts rows in order: <c>sort latency_ms desc, app</c>. Of sorted events not more than <see cref="Limits.TableRows"/> are listed.</summary>
public sealed record Sort(SortOrder Order) : Pipe
{
    protected override string Print() => "sort " + string.Join(", ", Order.Keys.Select(key => QueryPrinter.Name(key.Field) + (key.IsDescending ? " desc" : "")));
}
