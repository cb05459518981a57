using System.Buffers;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Picket.Events;
using Picket.Events.Batches;
using Picket.Events.Log;
using Picket.Query;
using Picket.Server.Dialects;
using Picket.Server.Http;

namespace Picket.Server.Tail;

/// <summary>
/// Reads the log once for all tails: each batch is matched once for tails that ask the same, and an event is written as JSON once for all that it is for. Reads nothing while
/// nobody listens. Thread-safe.
/// </summary>
public sealed partial class TailHub(IEventLog log, ILogger<TailHub> logger) : IDisposable
{
    private readonly Lock gate = new();
    private readonly Dictionary<Question, Watch> watches = [];
    private readonly TailQueue.Shared waiting = new();
    private readonly ArrayBufferWriter<byte> buffer = new();
    private CancellationTokenSource? reading;
    private ulong through;
    private int open;
    private long sent;
    private long missed;

    /// <summary>Tails open now.</summary>
    public int Open => Volatile.Read(ref open);

    /// <summary>Events sent to tails.</summary>
    public long Sent => Interlocked.Read(ref sent);

    /// <summary>Events that slow readers missed.</summary>
    public long Missed => Interlocked.Read(ref missed);

    /// <summary>Bytes that wait for readers.</summary>
    public long WaitingBytes => waiting.Bytes;

    private sealed record Question(TenantId Tenant, Filter Filter, TimeRange Time);

    private sealed record Watch(Matcher Matcher, List<TailQueue> Queues);

    /// <summary>Listens from now on; the caller ends it with <see cref="Leave"/>.</summary>
    /// <returns>The queue, and the last event that will not come through it.</returns>
    /// <exception cref="RequestException">There are too many tails.</exception>
    internal (TailQueue Queue, ulong After) Join(TenantId tenant, Filter filter, TimeRange time)
    {
        lock (gate)
        {
            if (open == TailLimits.Tails)
            {
                throw new RequestException(503, ErrorWord.Overloaded, $"{TailLimits.Tails:N0} tails are open, which is as many as there may be. Close one, or try again later.");
            }
            var question = new Question(tenant, filter, time);
            if (!watches.TryGetValue(question, out var watch))
            {
                watches.Add(question, watch = new Watch(new Matcher(filter), []));
            }
            var queue = new TailQueue(waiting);
            watch.Queues.Add(queue);
            if (open++ == 0)
            {
                through = log.Durable.Seq;
                reading = new CancellationTokenSource();
                _ = ReadAsync(new LogPosition(log.Durable.Log, through), reading.Token);
            }
            return (queue, through);
        }
    }

    internal void Leave(TenantId tenant, Filter filter, TimeRange time, TailQueue queue)
    {
        lock (gate)
        {
            var question = new Question(tenant, filter, time);
            var watch = watches[question];
            watch.Queues.Remove(queue);
            if (watch.Queues.Count == 0)
            {
                watches.Remove(question);
            }
            if (--open == 0)
            {
                reading?.Cancel();
                reading?.Dispose();
                reading = null;
            }
        }
        queue.Close();
    }

    internal void CountSent(long events) => Interlocked.Add(ref sent, events);

    internal void CountMissed(long events) => Interlocked.Add(ref missed, events);

    public void Dispose()
    {
        lock (gate)
        {
            reading?.Cancel();
            reading?.Dispose();
            reading = null;
        }
    }

    private async Task ReadAsync(LogPosition after, CancellationToken cancellation)
    {
        try
        {
            await Task.Yield();
            await foreach (var entry in log.ReadAsync(after, cancellation))
            {
                using (entry)
                {
                    lock (gate)
                    {
                        if (cancellation.IsCancellationRequested)
                        {
                            return;
                        }
                        Deliver(entry.Batch);
                        through = entry.Batch.Seqs[^1];
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Nobody listens any more.
        }
        catch (Exception error)
        {
            Log.Ended(logger, error);
            lock (gate)
            {
                // Their clients come back with the last event they have.
                watches.Values.SelectMany(watch => watch.Queues).ToList().ForEach(queue => queue.End(error));
            }
        }
    }

    private void Deliver(EventBatch batch)
    {
        var rows = new RowSet();
        var items = new TailItem?[batch.Count];
        foreach (var (question, watch) in watches)
        {
            if (!batch.Tenants.Contains(question.Tenant.Number))
            {
                continue;
            }
            watch.Matcher.Match(batch, rows);
            for (var row = rows.Next(0); row >= 0; row = rows.Next(row + 1))
            {
                if (batch.Tenants[row] == question.Tenant.Number && question.Time.Contains(batch.Times[row]))
                {
                    var item = items[row] ??= ItemOf(batch, row, log.Durable.Log, buffer);
                    watch.Queues.ForEach(queue => queue.Offer(item));
                }
            }
        }
    }

    /// <param name="buffer">Scratch memory.</param>
    internal static TailItem ItemOf(EventBatch batch, int row, uint log, ArrayBufferWriter<byte> buffer)
    {
        buffer.ResetWrittenCount();
        using (var json = new Utf8JsonWriter(buffer, JsonAnswer.Options))
        {
            NativeDialect.Write(json, batch[row], log);
        }
        return new TailItem(batch.Seqs[row], buffer.WrittenSpan.ToArray());
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "Reading the log for tails failed; they were ended, and their clients may come back")]
        public static partial void Ended(ILogger logger, Exception error);
    }
}
