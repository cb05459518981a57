namespace Picket.Detection.Alerts;

/// <summary>An event behind an alert.</summary>
/// <param name="Seq">Its number in the log.</param>
/// <param name="Time">When it happened; ns since 1970.</param>
/// <param name="ReceivedAt">When it was received, which with its number makes its id; ns since 1970.</param>
public readonly record struct EventRef(ulong Seq, long Time, long ReceivedAt);
