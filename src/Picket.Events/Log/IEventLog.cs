namespace Picket.Events.Log;

/// <summary>The queue: events appended durably, each at a position, read from any position on. Thread-safe.</summary>
public interface IEventLog
{
    /// <summary>Every event up to here is durable and can be found.</summary>
    LogPosition Durable { get; }

    /// <summary>
    /// Appends a batch and completes once it is durable. The batch is the log's from the call on. Cancellation counts until the batch is taken into
    /// a commit; after that the append completes and says so.
    /// </summary>
    ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellation);

    /// <summary>The last durable bookmark of a source; null when there is none.</summary>
    Bookmark? FindBookmark(TenantId tenant, string source);

    /// <summary>Entries after a position, in order, without gap; waits at the end. The reader disposes each.</summary>
    IAsyncEnumerable<LogEntry> ReadAsync(LogPosition after, CancellationToken cancellation);

    /// <summary>Entries after a position, in order, up to an event that is durable: the one that has it is the last, and may have some behind it.</summary>
    IAsyncEnumerable<LogEntry> ReadAsync(LogPosition after, ulong through, CancellationToken cancellation);

    /// <summary>What is behind an event will be read again: of that is kept, too, what reads quickest, as for one who has not read it yet. Holds until it is said anew.</summary>
    void KeepBehind(ulong seq);
}
