using Picket.Events;

namespace Picket.Query;

/// <summary>A stretch of time: <paramref name="From"/> inclusive, <paramref name="To"/> exclusive; ns since 1970.</summary>
public readonly record struct TimeRange(long From, long To)
{
    public static readonly TimeRange All = new(Instant.Min, Instant.Max);

    public bool Contains(long instant) => instant >= From && instant < To;

    /// <summary>What lies in both; nothing when <see cref="From"/> is not before <see cref="To"/>.</summary>
    public TimeRange And(TimeRange other) => new(Math.Max(From, other.From), Math.Min(To, other.To));

    /// <summary>Whether some instant from <paramref name="first"/> to <paramref name="last"/>, both inclusive, lies in it.</summary>
    public bool Touches(long first, long last) => first < To && last >= From;
}
