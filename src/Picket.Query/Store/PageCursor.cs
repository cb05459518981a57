namespace Picket.Query.Store;

/// <summary>Where a page ended: its last event's time and number, and the last number there was when the first page was read, so that later events change no page.</summary>
public readonly record struct PageCursor(long Time, ulong Seq, ulong Snapshot);
