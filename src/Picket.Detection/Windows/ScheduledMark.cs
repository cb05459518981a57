namespace Picket.Detection.Windows;

/// <summary>How far a scheduled rule is.</summary>
/// <param name="Moment">The last at which it was looked at; ns since 1970.</param>
/// <param name="Through">The last event that was stored then.</param>
public readonly record struct ScheduledMark(long Moment, ulong Through);
