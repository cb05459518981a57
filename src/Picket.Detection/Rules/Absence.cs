namespace Picket.Detection.Rules;

/// <summary>A rule holds for a group of which fewer events came than there must be, by the clock.</summary>
/// <param name="Least">How many there must be.</param>
/// <param name="Span">In which time; ns.</param>
public sealed record Absence(long Least, long Span);
