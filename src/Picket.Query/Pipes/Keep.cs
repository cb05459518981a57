using Picket.Events.Schema;
using Picket.Query.Language;

namespace Picket.Query.Pipes;

/// <summary>Leaves some fields of each row, in this order: <c>fields ts, message</c>.</summary>
public sealed record Keep(IReadOnlyList<Field> Fields) : Pipe
{
    protected override string Print() => $"fields {QueryPrinter.Names(Fields)}";
}
