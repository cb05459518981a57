namespace Picket.Storage;

/// <summary>The room's bounds.</summary>
internal static class Limits
{
    /// <summary>Bytes of a log record's batch made by putting small posts together; a larger post is a record of its own.</summary>
    public const int RecordBytes = 8 * 1024 * 1024;

    /// <summary>Rows up to which a post is put together with its neighbours into one batch.</summary>
    public const int SmallBatchRows = 2_048;

    /// <summary>Neighbouring small batches in memory that are folded into one, so that many single posts do not make slow searches.</summary>
    public const int FoldBatches = 16;

    /// <summary>Bytes of appends waiting to be written; more are refused as overloaded. Counted in <c>picket.storage.appends</c>.</summary>
    public const long WaitingBytes = 48 * 1024 * 1024;

    /// <summary>Bytes of events in memory at which they are flushed to segments.</summary>
    public const long GenerationBytes = 40 * 1024 * 1024;

    /// <summary>Generations waiting for their flush; at more, appends wait, and when too many wait they are refused.</summary>
    public const int WaitingGenerations = 2;

    /// <summary>Without an append for so long, what is in memory is flushed.</summary>
    public static readonly TimeSpan IdleFlush = TimeSpan.FromSeconds(60);

    /// <summary>Bytes a log file is given beforehand, so that writing it changes no metadata that fsync must write too.</summary>
    public const long LogFileBytes = 64 * 1024 * 1024;

    /// <summary>Rows of a segment's block.</summary>
    public const int BlockRows = 8_192;

    /// <summary>Days of its own a flush gives segments to; events of other days share one more.</summary>
    public const int FlushDays = 64;

    /// <summary>How long an idempotency key is remembered.</summary>
    public static readonly TimeSpan KeyLife = TimeSpan.FromHours(24);

    /// <summary>Keys remembered in all; the oldest goes first. Counted in <c>picket.storage.keys.evicted</c>.</summary>
    public const int Keys = 500_000;

    /// <summary>Keys remembered of one tenant.</summary>
    public const int KeysOfTenant = 100_000;

    /// <summary>Bytes of the manifest at which it is written anew as a snapshot.</summary>
    public const long ManifestBytes = 4 * 1024 * 1024;

    /// <summary>Questions answered at once; more wait.</summary>
    public const int QueryThreads = 4;
}
