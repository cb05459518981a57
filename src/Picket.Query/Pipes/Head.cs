using System.Globalization;

namespace Picket.Query.Pipes;

/// <summary>Leaves the first rows: <c>head 20</c>.</summary>
/// <param name="Rows">1 or more.</param>
public sealed record Head(int Rows) : Pipe
{
    public const int Usual = 10;

    protected override string Print() => string.Create(CultureInfo.InvariantCulture, $"head {Rows}");
}
