namespace Picket.Storage;

/// <summary>What the engine holds at one moment, and what has happened since it was opened; sizes in bytes.</summary>
public sealed record StorageStatistics
{
    /// <summary>Number of the last durable event: how many there ever were.</summary>
    public ulong LastSeq { get; init; }

    public int Segments { get; init; }

    /// <summary>Of those, segments so small that merging them is due.</summary>
    public int SmallSegments { get; init; }

    public long SegmentBytes { get; init; }

    /// <summary>Memory that open segments take.</summary>
    public long MetadataBytes { get; init; }

    /// <summary>Events not yet in segments.</summary>
    public long MemoryBytes { get; init; }

    /// <summary>Generations sealed and waiting for their flush.</summary>
    public int GenerationsWaiting { get; init; }

    /// <summary>Files of the log that are kept for those who follow it alone.</summary>
    public int LogFilesKept { get; init; }

    /// <summary>Appends not yet written.</summary>
    public long WaitingBytes { get; init; }

    /// <summary>Commits that waited for merging because there were too many small segments.</summary>
    public long CommitsSlowed { get; init; }

    /// <summary>Idempotency keys forgotten before their time.</summary>
    public long KeysEvicted { get; init; }

    /// <summary>Sources whose bookmarks are remembered.</summary>
    public int Bookmarks { get; init; }

    public long CacheBytes { get; init; }
    public long CacheHits { get; init; }
    public long CacheMisses { get; init; }

    /// <summary>Blocks whose answer to a filter was in the cache.</summary>
    public long BlocksKnown { get; init; }

    /// <summary>Blocks that a filter had to be run over.</summary>
    public long BlocksMatched { get; init; }

    /// <summary>Aggregates whose table was in the cache.</summary>
    public long TablesKnown { get; init; }

    /// <summary>Aggregates over whole segments that had to be made.</summary>
    public long TablesMade { get; init; }

    /// <summary>Groups and pages of questions under way.</summary>
    public long AnswerBytes { get; init; }

    /// <summary>Questions ended because their answers took too much memory.</summary>
    public long AnswersRefused { get; init; }

    /// <summary>Questions waiting for a thread.</summary>
    public int QueriesWaiting { get; init; }

    /// <summary>Questions refused because too many waited.</summary>
    public long QueriesRefused { get; init; }

    public long Merges { get; init; }

    /// <summary>Merges that failed and were or will be tried again.</summary>
    public long MergeFailures { get; init; }

    /// <summary>Segments dropped because all their events had expired.</summary>
    public long SegmentsExpired { get; init; }

    /// <summary>Segments that could not be opened at start.</summary>
    public long SegmentsDamaged { get; init; }

    /// <summary>Damaged bytes of the log found at start and set aside.</summary>
    public long BytesSetAside { get; init; }

    /// <summary>Log files given up after a failed write, and flushes that failed.</summary>
    public long WriteFailures { get; init; }
}
