namespace Picket.Events.Parsing;

/// <summary>Why one item was refused. A value, never an exception.</summary>
/// <param name="Item">The item: a line's number from 1, or an element's from 0, as its route counts.</param>
/// <param name="Offset">Bytes into the item.</param>
/// <param name="Reason">A sentence without a full stop.</param>
public readonly record struct ParseError(long Item, int Offset, string Reason);
