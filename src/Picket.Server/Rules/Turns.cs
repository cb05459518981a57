using Picket.Events;

namespace Picket.Server.Rules;

/// <summary>
/// Ingest and rules take turns in a burst: while events come faster than they are looked at, as long as looking at some took is left to others, which lie in the log and are cheap to read later. No
/// longer than until rules are five seconds behind, so that alerts do not wait for the burst's end. Not thread-safe.
/// </summary>
/// <param name="clock">The processors' time, not the server's.</param>
internal sealed class Turns(TimeProvider clock)
{
    private const long MostBehind = 5 * Instant.PerSecond;

    // Less makes no difference.
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(1);

    private long began;
    private ulong durable;

    /// <summary>Some events are to be looked at.</summary>
    public void Begin() => began = clock.GetTimestamp();

    /// <summary>They were looked at.</summary>
    /// <param name="age">How long ago the last of them came; ns.</param>
    /// <param name="isBehind">Whether there are more.</param>
    /// <param name="last">The log's last event now.</param>
    public Task EndAsync(long age, bool isBehind, ulong last, CancellationToken cancellation)
    {
        var grows = last > durable;
        durable = last;
        var took = clock.GetElapsedTime(began);
        return isBehind && grows && age < MostBehind && took > Least ? Task.Delay(took, clock, cancellation) : Task.CompletedTask;
    }
}
