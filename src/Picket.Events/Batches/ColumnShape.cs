namespace Picket.Events.Batches;

/// <summary>How a column's values lie in memory. Operators never ask: they look at entries, and the column spreads the answers over rows.</summary>
public enum ColumnShape : byte
{
    /// <summary>One entry, for every value.</summary>
    Constant = 0,

    /// <summary>Distinct entries, and a code for each value.</summary>
    Dictionary = 1,

    /// <summary>An entry for each value.</summary>
    Text = 2,
}
