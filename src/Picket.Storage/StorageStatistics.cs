namespace Picket.Storage;

/// <summary>What the engine holds at one moment; sizes in bytes.</summary>
/// <param name="LastSeq">Number of the last durable event: how many there ever were.</param>
/// <param name="MemoryBytes">Events not yet in segments.</param>
/// <param name="WaitingBytes">Appends not yet written.</param>
/// <param name="KeysEvicted">Idempotency keys forgotten before their time.</param>
/// <param name="BytesSetAside">Damaged bytes found at start and set aside.</param>
/// <param name="WriteFailures">Files given up after a failed write, and flushes that failed.</param>
public sealed record StorageStatistics(
    ulong LastSeq, int Segments, long SegmentBytes, long MemoryBytes, long WaitingBytes, long KeysEvicted, long BytesSetAside, long WriteFailures);
