namespace Picket.Query.Pipes;

/// <summary>Leaves the rows for which a filter holds: <c>where count:&gt;10</c>.</summary>
public sealed record Where(Filter Filter) : Pipe
{
    protected override string Print() => $"where {Filter}";
}
