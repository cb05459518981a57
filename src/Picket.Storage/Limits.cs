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

    /// <summary>Generations waiting for their flush; when the next is full too, appends wait, and after five seconds they are refused.</summary>
    public const int WaitingGenerations = 1;

    /// <summary>Without an append for so long, what is in memory is flushed.</summary>
    public static readonly TimeSpan IdleFlush = TimeSpan.FromSeconds(60);

    /// <summary>Bytes a log file is given beforehand, so that writing it changes no metadata that fsync must write too.</summary>
    public const long LogFileBytes = 64 * 1024 * 1024;

    /// <summary>
    /// Files of the log behind the segments that are kept for those who follow it and are behind (1 GiB); with more the oldest goes, and they read segments. None is kept where less than
    /// that and twice what must stay free is. Counted in <c>picket.storage.log.kept</c>.
    /// </summary>
    public const int KeptLogFiles = 16;

    /// <summary>How long the place of one who followed the log is kept.</summary>
    public static readonly TimeSpan FollowerReturns = TimeSpan.FromSeconds(30);

    /// <summary>Rows of a segment's block.</summary>
    public const int BlockRows = 8_192;

    /// <summary>Bytes of text of one column of a block, before encoding; a block ends before the row that would pass it.</summary>
    public const int BlockColumnBytes = 1024 * 1024;

    /// <summary>Bytes of text of all of a block's columns.</summary>
    public const int BlockBytes = 8 * 1024 * 1024;

    /// <summary>Blocks whose columns are written side by side.</summary>
    public const int GroupBlocks = 64;

    /// <summary>Bytes of encoded columns held until their group is written.</summary>
    public const int GroupBytes = 8 * 1024 * 1024;

    /// <summary>Fields that have columns of their own in a segment; the values of further ones are in the overflow.</summary>
    public const int SegmentFields = 4_096;

    /// <summary>Combinations a segment's cube counts; with more it has none, and such counts are made from blocks.</summary>
    public const int CubeRows = 65_536;

    /// <summary>Distinct values of one column in one block that a cube counts.</summary>
    public const int CubeValues = 256;

    /// <summary>Filters whose answers in blocks are kept; with one more all are forgotten.</summary>
    public const int KnownFilters = 1_024;

    /// <summary>One part of so many of the cache's bytes is for answers.</summary>
    public const int AnswersOfCache = 8;

    /// <summary>Pairs of token and block held in memory while a segment is written; more go to a file beside it until the end.</summary>
    public const int IndexPairs = 1_000_000;

    /// <summary>Days of its own a flush gives segments to; events of other days share one more.</summary>
    public const int FlushDays = 64;

    /// <summary>How long an idempotency key is remembered.</summary>
    public static readonly TimeSpan KeyLife = TimeSpan.FromHours(24);

    /// <summary>Keys remembered in all; the oldest goes first. Counted in <c>picket.storage.keys.evicted</c>.</summary>
    public const int Keys = 150_000;

    /// <summary>Keys remembered of one tenant.</summary>
    public const int KeysOfTenant = 50_000;

    /// <summary>Sources whose bookmarks are remembered; an append with a bookmark of one more is refused as overloaded.</summary>
    public const int Bookmarks = 10_000;

    /// <summary>Bytes of the manifest at which it is written anew as a snapshot.</summary>
    public const long ManifestBytes = 4 * 1024 * 1024;

    /// <summary>Questions answered at once; more wait.</summary>
    public const int QueryThreads = 4;

    /// <summary>Of those, questions of one tenant; its further ones wait, and others' go first.</summary>
    public const int QueryThreadsOfTenant = 2;

    /// <summary>Questions waiting for a thread; more are refused as overloaded. Counted in <c>picket.query.refused</c>.</summary>
    public const int QueriesWaiting = 1_000;

    /// <summary>Bytes of a page's events; a page of larger ones ends early and says where the next begins.</summary>
    public const long PageBytes = 8 * 1024 * 1024;

    /// <summary>Bytes of decoded columns, block headers, directories and cubes kept for the next question; what was used longest ago goes first.</summary>
    public const long CacheBytes = 48 * 1024 * 1024;

    /// <summary>Rows at which a block counts as full: merging copies it as it is when it can.</summary>
    public const int FullBlockRows = BlockRows / 2;

    /// <summary>How often merging writes a row anew at most; after that its block is only copied.</summary>
    public const int Rewrites = 2;

    /// <summary>Segments of one size that are merged into one.</summary>
    public const int MergeSegments = 8;

    /// <summary>Segments merged at once at most; each has one block open.</summary>
    public const int MergeInputs = 16;

    /// <summary>Bytes of a segment made by merging; larger ones are left alone.</summary>
    public const long MergedBytes = 2L * 1024 * 1024 * 1024;

    /// <summary>Bytes up to which a segment counts as small.</summary>
    public const long SmallSegmentBytes = 16 * 1024 * 1024;

    /// <summary>Small segments above which merging does not wait for eight of a size.</summary>
    public const int SmallSegmentsWanted = 200;

    /// <summary>Small segments at which appends wait for merging, a tenth of a second each commit. Counted in <c>picket.storage.merges.behind</c>.</summary>
    public const int SmallSegmentsSlow = 1_000;

    /// <summary>Small segments at which appends are refused as overloaded.</summary>
    public const int SmallSegmentsRefused = 3_000;

    /// <summary>Rows of one day in a mixed segment from which on they get a segment of that day.</summary>
    public const int SplitRows = BlockRows;
}
