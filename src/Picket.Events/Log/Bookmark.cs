namespace Picket.Events.Log;

/// <summary>
/// How far a source has been read: a file and its offset, an API and its cursor. It is durable with the events read up to there, so that after a crash reading
/// goes on exactly behind them. A later one of the same source takes its place.
/// </summary>
/// <param name="Source">Names the source within its tenant; at most 256 characters.</param>
/// <param name="Value">The source's own words; at most 1,024 characters.</param>
public readonly record struct Bookmark(string Source, string Value);
