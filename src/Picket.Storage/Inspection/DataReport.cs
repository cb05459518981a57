namespace Picket.Storage.Inspection;

/// <summary>One segment as people are told of it; sizes in bytes.</summary>
/// <param name="Day">UTC, as <c>2026-01-20</c>; <c>mixed</c> for several.</param>
/// <param name="Level">How many merges went before it.</param>
public sealed record SegmentReport(string Name, string Day, int Level, long Events, int Tenants, int Blocks, long Bytes, long IndexBytes, long DirectoryBytes, long CubeBytes, long HeaderBytes);

/// <summary>One field over all segments; the engine's own columns have a dot in front.</summary>
/// <param name="Values">Events that have it.</param>
/// <param name="TextBytes">Bytes of the values as text.</param>
/// <param name="Bytes">Bytes they take in segments.</param>
/// <param name="Encodings">Each with the number of blocks looked at that have it, the most frequent first.</param>
public sealed record FieldReport(string Name, long Values, long TextBytes, long Bytes, IReadOnlyList<(string Encoding, int Blocks)> Encodings);

/// <summary>What a data folder holds.</summary>
/// <param name="LogBytes">Bytes of log files, the unused rest of the last among them.</param>
/// <param name="LogEvents">Events that are in the log alone, not yet in segments.</param>
public sealed record DataReport(IReadOnlyList<SegmentReport> Segments, IReadOnlyList<FieldReport> Fields, long LogBytes, int LogFiles, long LogEvents);

/// <summary>Something wrong that <see cref="VerifyData"/> found.</summary>
public sealed record Finding(string File, string What);

/// <summary>What <see cref="VerifyData"/> looked at.</summary>
public sealed record VerifyReport(int Segments, int LogFiles, long Events, long LogEvents, long Bytes, IReadOnlyList<Finding> Findings);
