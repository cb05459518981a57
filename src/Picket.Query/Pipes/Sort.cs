using Picket.Query.Language;
using Picket.Query.Sorting;

namespace Picket.Query.Pipes;

/// <summary>Puts rows in order: <c>sort latency_ms desc, app</c>. Without a <see cref="Head"/> behind it, it leaves the first <see cref="Limits.TableRows"/>.</summary>
public sealed record Sort(SortOrder Order) : Pipe
{
    protected override string Print() => "sort " + string.Join(", ", Order.Keys.Select(key => QueryPrinter.Name(key.Field) + (key.IsDescending ? " desc" : "")));
}
