namespace Picket.Query.Pipes;

/// <summary>Rows of values with names. Not more than <see cref="Limits.Groups"/>.</summary>
/// <param name="Columns">Names, each once.</param>
/// <param name="Rows">A cell for each column.</param>
public sealed record Table(IReadOnlyList<string> Columns, IReadOnlyList<Cell[]> Rows)
{
    /// <summary>Whether there were more rows than a table holds.</summary>
    public bool IsCut { get; init; }

    public int IndexOf(string column)
    {
        for (var i = 0; i < Columns.Count; i++)
        {
            if (Columns[i] == column)
            {
                return i;
            }
        }
        return -1;
    }
}
