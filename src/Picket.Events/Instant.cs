namespace Picket.Events;

/// <summary>
/// Times are nanoseconds since 1970-01-01T00:00:00Z in a <see cref="long"/>. Events stand between <see cref="Min"/> (1970) and
/// <see cref="Max"/> (the year 2262, where the number ends).
/// </summary>
public static class Instant
{
    public const long PerMicrosecond = 1_000;
    public const long PerMillisecond = 1_000_000;
    public const long PerSecond = 1_000_000_000;
    public const long PerDay = 86_400 * PerSecond;
    public const long Min = 0;
    public const long Max = long.MaxValue;

    /// <summary>Longest text that <see cref="Format"/> writes.</summary>
    public const int MaxLength = 30;

    public static long Now(TimeProvider time) => From(time.GetUtcNow());

    public static long From(DateTimeOffset at) => checked((at.UtcTicks - DateTime.UnixEpoch.Ticks) * 100);

    public static DateTimeOffset ToDateTimeOffset(long instant) => new(DateTime.UnixEpoch.Ticks + (instant / 100), TimeSpan.Zero);

    /// <summary>RFC 3339 in UTC with <c>Z</c>, and no, three, six or nine digits of fraction: the fewest that say it exactly.</summary>
    public static int Format(long instant, Span<byte> into)
    {
        var fraction = instant % PerSecond;
        var digits = fraction == 0 ? 0 : fraction % PerMillisecond == 0 ? 3 : fraction % PerMicrosecond == 0 ? 6 : 9;
        return Parsing.Timestamps.WriteRfc3339(instant, new Parsing.TimeSpelling((byte)'T', digits, Parsing.TimeSpelling.Zulu, (byte)'.'), into);
    }

    public static string Format(long instant)
    {
        Span<byte> text = stackalloc byte[MaxLength];
        return System.Text.Encoding.ASCII.GetString(text[..Format(instant, text)]);
    }
}
