using System.Threading.Channels;

namespace Picket.Server.Tail;

/// <summary>
/// Events that wait for one reader. It never makes the others wait: where there is no room, events are missed, and how many is said in their place. One writer, one reader.
/// </summary>
internal sealed class TailQueue(TailQueue.Shared shared)
{
    private readonly Channel<Waiting> channel = Channel.CreateUnbounded<Waiting>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private long bytes;
    private long missed;
    private int isClosed;

    /// <param name="Item">The event.</param>
    /// <param name="Missed">Events missed before it.</param>
    public readonly record struct Waiting(TailItem Item, long Missed);

    /// <summary>What all queues hold. Thread-safe.</summary>
    public sealed class Shared
    {
        private long bytes;

        public long Bytes => Interlocked.Read(ref bytes);

        internal void Add(long more) => Interlocked.Add(ref bytes, more);
    }

    public void Offer(TailItem item)
    {
        if (Interlocked.Read(ref bytes) + item.Json.Length > TailLimits.BytesOfOne || shared.Bytes + item.Json.Length > TailLimits.BytesOfAll)
        {
            Interlocked.Increment(ref missed);
            return;
        }
        Interlocked.Add(ref bytes, item.Json.Length);
        shared.Add(item.Json.Length);
        channel.Writer.TryWrite(new Waiting(item, TakeMissed()));
    }

    /// <summary>Events missed since the last that there was room for; they are told once.</summary>
    public long TakeMissed() => Interlocked.Exchange(ref missed, 0);

    /// <summary>Nothing comes any more.</summary>
    /// <param name="why">What the reader is to fail with; null for none.</param>
    public void End(Exception? why) => channel.Writer.TryComplete(why);

    /// <summary>Completes when there is something; false when nothing comes any more.</summary>
    public ValueTask<bool> WaitAsync(CancellationToken cancellation) => channel.Reader.WaitToReadAsync(cancellation);

    public bool TryTake(out Waiting waiting)
    {
        var any = channel.Reader.TryRead(out waiting);
        if (any)
        {
            Release(waiting.Item.Json.Length);
        }
        return any;
    }

    /// <summary>Gives back the room of what is not read any more.</summary>
    public void Close()
    {
        if (Interlocked.Exchange(ref isClosed, 1) == 0)
        {
            End(null);
            while (TryTake(out _))
            {
            }
        }
    }

    private void Release(long length)
    {
        Interlocked.Add(ref bytes, -length);
        shared.Add(-length);
    }
}
