namespace Picket.Server.Rules;

/// <summary>
/// Ingest and rules take turns in a burst: once so many events have come that rules are fifty thousand behind, as long as looking at some took is left to others, for the log keeps the events and
/// is cheap to read later. Three seconds in all, until rules are through: alerts do not wait for the end of what is no burst. Not thread-safe.
/// </summary>
/// <param name="clock">The processors' time, not the server's.</param>
internal sealed class Turns(TimeProvider clock)
{
    private const ulong Burst = 50_000;
    private const ulong Through = 1_000;

    // Less makes no difference.
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(3);

    private long began;
    private ulong durable;
    private TimeSpan left = Most;

    /// <summary>Some events are to be looked at.</summary>
    public void Begin() => began = clock.GetTimestamp();

    /// <summary>They were looked at.</summary>
    /// <param name="behind">How many more there are.</param>
    /// <param name="last">The log's last event now.</param>
    public Task EndAsync(ulong behind, ulong last, CancellationToken cancellation)
    {
        var grows = last > durable;
        durable = last;
        left = behind < Through ? Most : left;
        var took = clock.GetElapsedTime(began);
        var turn = took < left ? took : left;
        if (behind < Burst || !grows || turn < Least)
        {
            return Task.CompletedTask;
        }
        left -= turn;
        return Task.Delay(turn, clock, cancellation);
    }
}
