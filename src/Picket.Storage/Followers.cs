using System.Runtime.CompilerServices;
using Picket.Events;
using Picket.Events.Batches;
using Picket.Events.Log;
using Picket.Query;
using Picket.Storage.Files;
using Picket.Storage.Log;
using Picket.Storage.Memory;
using Picket.Storage.Scan;

namespace Picket.Storage;

/// <summary>
/// Gives the log to those who follow it, each from its own place on: out of memory, behind that out of the log's files, and where those are gone out of segments. Thread-safe.
/// </summary>
internal sealed class Followers(IStorageFiles files, uint log, GenerationChain chain, Func<StoreSnapshot> snapshot, TimeProvider time)
{
    private readonly List<Place> places = [];
    private ulong? again;

    /// <summary>Up to where all have read, and nobody will read again; null when nobody follows. Who has just left may come back.</summary>
    public ulong? ReadThrough
    {
        get
        {
            lock (places)
            {
                places.RemoveAll(place => place.LeftAt is { } left && time.GetElapsedTime(left) > Limits.FollowerReturns);
                var read = places.Count == 0 ? (ulong?)null : places.Min(place => place.Through);
                return read is null || again < read ? again : read;
            }
        }
    }

    /// <summary>What is behind a number will be read again.</summary>
    public void KeepBehind(ulong number)
    {
        lock (places)
        {
            again = number;
        }
    }

    /// <summary>What stands behind a number of the log, and then what comes, up to a number.</summary>
    public async IAsyncEnumerable<LogEntry> FollowAsync(ulong after, ulong last, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var reader = new LogReader(files, log);
        var place = Enter(after);
        try
        {
            while (place.Through < last)
            {
                var from = place.Through;
                await chain.WaitPast(from).WaitAsync(cancellation);
                // Not on the threads of questions: who follows the log waits for none of them.
                var (batch, through) = await Task.Run(() => Next(reader, from), cancellation);
                if (batch.Count > 0)
                {
                    yield return new LogEntry(new LogPosition(log, batch.Seqs[0]), batch);
                }
                else
                {
                    batch.Dispose();
                }
                lock (places)
                {
                    place.Through = through;
                }
            }
        }
        finally
        {
            lock (places)
            {
                place.LeftAt = time.GetTimestamp();
            }
        }
    }

    private (EventBatch Batch, ulong Through) Next(LogReader reader, ulong after)
    {
        using var now = snapshot();
        return SeqScan.NextInMemory(now, after)
            ?? NextInFiles(now, reader, after)
            ?? SeqScan.Next(now, null, TimeRange.All, Filter.Everything, after, ulong.MaxValue, SeqScan.LargeWindow);
    }

    private static (EventBatch Batch, ulong Through)? NextInFiles(StoreSnapshot now, LogReader reader, ulong after)
    {
        if (reader.TryRead(after + 1, now.Last) is not { } batch)
        {
            return null;
        }
        if (now.IsKept(HeldBatch.Of(batch)))
        {
            return (batch, batch.Seqs[^1]);
        }
        batch.Dispose();
        return null;
    }

    private Place Enter(ulong after)
    {
        var place = new Place { Through = after };
        lock (places)
        {
            places.Add(place);
        }
        return place;
    }

    private sealed class Place
    {
        public ulong Through { get; set; }

        public long? LeftAt { get; set; }
    }
}
