using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Picket.Events;
using Picket.Events.Batches;
using Picket.Events.Log;
using Picket.Events.Parsing;
using Picket.Server.Access;
using Picket.Server.Http;

namespace Picket.Server.Ingest;

/// <summary>What every way in shares: warm parsers, the budget of bytes in flight, the append, and its outcome as an answer. Thread-safe.</summary>
public sealed class IngestPipeline(IEventLog log, IngestOptions options, IngestMetrics metrics, TimeProvider time) : IDisposable
{
    private const int MostParsers = 4;
    private const long MostHeldBytes = 8 * 1024 * 1024;
    private readonly ConcurrentBag<EventParser> parsers = [];
    private readonly MemoryBudget budget = new(options.InFlightBytes, time);

    public const int MostKeyLength = 256;

    public IngestMetrics Metrics => metrics;

    public long BytesInFlight => budget.InUse;

    /// <summary>A parser for one request of this caller; give it back with <see cref="Return"/>.</summary>
    public EventParser Rent(Caller caller)
    {
        var parser = parsers.TryTake(out var warm) ? warm : new EventParser(options.Limits);
        parser.Reset();
        parser.Tenant = caller.Tenant;
        parser.ReceivedAt = Instant.Now(time);
        return parser;
    }

    /// <param name="parser">What was rented.</param>
    /// <param name="began">When the request did.</param>
    public void Return(EventParser parser, long began)
    {
        metrics.Ended(time.GetElapsedTime(began), parser.Rejected, parser.Counts);
        // One that met a very large body gives its memory back.
        if (parsers.Count < MostParsers && parser.Into.HeldBytes < MostHeldBytes)
        {
            parsers.Add(parser);
        }
        else
        {
            parser.Dispose();
        }
    }

    public long Timestamp() => time.GetTimestamp();

    /// <exception cref="RequestException">503: there was no room in time.</exception>
    public async ValueTask TakeRoomAsync(long bytes, CancellationToken cancellation)
    {
        if (!await budget.TryTakeAsync(bytes, options.Patience, cancellation))
        {
            metrics.Refused("in_flight_bytes");
            throw new RequestException(503, ErrorWord.Overloaded, "Too much is coming in at once; what had no room was not stored. Try again") { RetryAfter = 1 };
        }
    }

    public void GiveRoom(long bytes) => budget.Release(bytes);

    /// <summary>Appends what a parser gathered and waits until it is durable.</summary>
    /// <exception cref="RequestException">It was not stored.</exception>
    public async Task<AppendResult> AppendAsync(Caller caller, EventBatch batch, IdempotencyKey? key, long acceptedBefore, CancellationToken cancellation)
    {
        var result = await log.AppendAsync(new AppendRequest(caller.Tenant, batch, key), cancellation);
        switch (result.Status)
        {
            case AppendStatus.Committed:
                metrics.Stored(result.Count);
                return result;
            case AppendStatus.Repeated:
                metrics.Repeated(result.Count);
                return result;
            case AppendStatus.KeyConflict:
                throw new RequestException(409, ErrorWord.Conflict, "This Idempotency-Key came before with another body; use a new key for new events");
            case AppendStatus.DiskFull:
                metrics.Refused("disk_full");
                throw Unavailable("The server's disk is full; the events were not stored. Free space there, then try again", 30, acceptedBefore);
            case AppendStatus.Overloaded:
                metrics.Refused("waiting_bytes");
                throw Unavailable("The server is writing as fast as it can; the events were not stored. Try again", 1, acceptedBefore);
            default:
                metrics.Refused("write_failed");
                throw Unavailable("The server's disk failed to write; the events were not acknowledged. Try again, with an Idempotency-Key to be sure of no doubles", 5, acceptedBefore);
        }
    }

    /// <summary>The request's idempotency key, if it has one.</summary>
    public static string? KeyOf(HttpRequest request)
    {
        var key = request.Headers["Idempotency-Key"].ToString();
        return key.Length switch
        {
            0 => null,
            > MostKeyLength => throw new RequestException(400, ErrorWord.InvalidRequest, $"An Idempotency-Key has at most {MostKeyLength} characters"),
            _ => key,
        };
    }

    public void Dispose()
    {
        while (parsers.TryTake(out var parser))
        {
            parser.Dispose();
        }
    }

    private static RequestException Unavailable(string message, int retryAfter, long accepted) =>
        new(503, ErrorWord.Overloaded, message) { RetryAfter = retryAfter, Accepted = accepted };
}
