using System.Text;
using Picket.Events;

namespace Picket.Detection.Windows;

/// <summary>
/// The sources of a tenant that are sending, and by them up to when no further event is waited for: the lowest of their last events' times less how late those of each may be. A source that
/// has sent nothing for a minute is not waited for, so that a dead one cannot stop the clock; one with a lateness of its own is for as long as that, as if it had gone on like the others. Not thread-safe.
/// </summary>
internal sealed class LiveSources
{
    /// <summary>After so long without an event, by when events arrive, a source is not sending. Without one of any source time goes on by the clock. ns.</summary>
    public const long Idle = 60 * Instant.PerSecond;

    /// <summary>A source so far behind the furthest, and further than it may be late, has a wrong clock or tells of long ago, and is not waited for; ns.</summary>
    public const long Behind = 3_600 * Instant.PerSecond;

    // No names of sources, for they are no UTF-8: those before a start, of which only is known how far they were, and those beyond what are told apart.
    private static readonly byte[] Before = [0xFF];
    private static readonly byte[] Others = [0xFE];

    private readonly Lateness lateness;
    private readonly Dictionary<byte[], Source> sources = new(ByBytes.Instance);
    private readonly Dictionary<byte[], Source>.AlternateLookup<ReadOnlySpan<byte>> byName;
    private byte[] lastName = [];
    private Source? lastSource;
    private long received = long.MinValue;

    // By the clock: when its last event arrived, or the start was.
    private long heardOf = long.MinValue;

    public LiveSources(Lateness lateness)
    {
        this.lateness = lateness;
        byName = sources.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    /// <summary>Goes on from where it was before a start. Which sources are sending shows within a minute, and the slowest of them may be.</summary>
    /// <param name="now">By the clock; ns since 1970.</param>
    public LiveSources(Lateness lateness, long through, long now)
        : this(lateness)
    {
        (Through, heardOf) = (through, now);
        sources.Add(Before, new Source(lateness.Longest, isOwn: lateness.Longest > lateness.Usual) { Last = through + lateness.Longest, Arrived = now });
    }

    /// <summary>No event up to here is waited for; ns since 1970. Never goes back.</summary>
    public long Through { get; private set; } = long.MinValue;

    /// <summary>Events of sources beyond those that are told apart.</summary>
    public long Shared { get; private set; }

    /// <summary>An event of a source happened, and came.</summary>
    public void Saw(ReadOnlySpan<byte> name, long time, long receivedAt)
    {
        if (received == long.MinValue && sources.TryGetValue(Before, out var before))
        {
            before.Arrived = receivedAt;
        }
        if (lastSource is null || !name.SequenceEqual(lastName))
        {
            lastSource = Of(name);
        }
        Shared += ReferenceEquals(lastName, Others) ? 1 : 0;
        lastSource.Last = Math.Max(lastSource.Last, time);
        lastSource.Arrived = Math.Max(lastSource.Arrived, receivedAt);
        received = Math.Max(received, receivedAt);
    }

    /// <summary>Time goes on by what was seen.</summary>
    public void Advance()
    {
        heardOf = Math.Max(heardOf, received);
        var furthest = long.MinValue;
        foreach (var source in sources.Values)
        {
            furthest = source.IsSending(received) ? Math.Max(furthest, source.Last) : furthest;
        }
        Pass(Lowest(received, furthest));
    }

    /// <summary>Where nothing came for a minute time goes on by the clock; ns since 1970.</summary>
    public void GoOn(long now)
    {
        if (now - heardOf >= Idle)
        {
            Pass(Math.Min(Lowest(now, now), now - lateness.Usual));
        }
    }

    /// <summary>No event up to a time is waited for.</summary>
    public void Pass(long time) => Through = Math.Max(Through, time);

    private long Lowest(long now, long furthest)
    {
        var lowest = long.MaxValue;
        foreach (var (name, source) in sources)
        {
            if (now - source.Arrived >= source.Patience)
            {
                sources.Remove(name);
                lastSource = ReferenceEquals(lastSource, source) ? null : lastSource;
            }
            else if ((source.IsSending(now) ? source.Last : furthest) is var last && last > furthest - Math.Max(Behind, source.Lateness))
            {
                lowest = Math.Min(lowest, last - source.Lateness);
            }
        }
        return lowest;
    }

    private Source Of(ReadOnlySpan<byte> name)
    {
        if (byName.TryGetValue(name, out var known, out var source))
        {
            lastName = known;
            return source;
        }
        if (sources.Count < Limits.Sources)
        {
            var (late, isOwn) = lateness.Of(Encoding.UTF8.GetString(name));
            sources.Add(lastName = name.ToArray(), source = new Source(late, isOwn));
            return source;
        }
        lastName = Others;
        if (!sources.TryGetValue(Others, out source))
        {
            sources.Add(Others, source = new Source(lateness.Usual, isOwn: false));
        }
        return source;
    }

    private sealed class Source(long lateness, bool isOwn)
    {
        public long Lateness { get; } = lateness;

        /// <summary>For how long it is waited for without an event.</summary>
        public long Patience { get; } = isOwn ? Math.Max(lateness, Idle) : Idle;

        public long Last { get; set; } = long.MinValue;

        public long Arrived { get; set; } = long.MinValue;

        public bool IsSending(long now) => now - Arrived < Idle;
    }
}
