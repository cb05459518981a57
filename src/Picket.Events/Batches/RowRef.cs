namespace Picket.Events.Batches;

/// <summary>A row of one of several batches.</summary>
public readonly record struct RowRef(int Batch, int Row);
