namespace Picket.Storage.Cache;

/// <summary>Where a part is from: a segment's number, and a place within it.</summary>
internal readonly record struct PartKey(long Segment, long Place);
