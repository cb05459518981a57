namespace Picket.Server.Rules;

/// <summary>
/// Ingest and rules take turns in a burst: while more than seventy-five thousand events a second come, and rules are twenty thousand behind, as long as looking at some took is left to others, for the log
/// keeps the events and is cheap to read later. Three seconds in all, until rules are through: alerts do not wait for the end of what is no burst. Not thread-safe.
/// </summary>
/// <param name="clock">The processors' time, not the server's.</param>
internal sealed class Turns(TimeProvider clock)
{
    private const ulong Behind = 20_000;
    private const ulong Through = 1_000;
    private const double Burst = 75_000;

    // Less makes no difference.
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(3);

    // Events come ten thousand at once.
    private static readonly TimeSpan Measured = TimeSpan.FromMilliseconds(250);

    private long began;
    private long measuredAt;
    private ulong measured;
    private double rate;
    private TimeSpan left = Most;

    /// <summary>Some events are to be looked at.</summary>
    public void Begin() => began = clock.GetTimestamp();

    /// <summary>They were looked at.</summary>
    /// <param name="behind">How many more there are.</param>
    /// <param name="last">The log's last event now.</param>
    public Task EndAsync(ulong behind, ulong last, CancellationToken cancellation)
    {
        var now = clock.GetTimestamp();
        Measure(now, last);
        left = behind < Through ? Most : left;
        var took = clock.GetElapsedTime(began, now);
        var turn = took < left ? took : left;
        if (behind < Behind || rate < Burst || turn < Least)
        {
            return Task.CompletedTask;
        }
        left -= turn;
        return Task.Delay(turn, clock, cancellation);
    }

    private void Measure(long now, ulong last)
    {
        var since = clock.GetElapsedTime(measuredAt, now);
        if (since >= Measured)
        {
            // Of the first time is not known how many came in it.
            rate = measured == 0 ? 0 : (last - measured) / since.TotalSeconds;
            (measuredAt, measured) = (now, last);
        }
    }
}
