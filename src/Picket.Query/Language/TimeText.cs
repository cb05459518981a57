using System.Globalization;
using System.Text;
using Picket.Events;
using Picket.Events.Parsing;

namespace Picket.Query.Language;

/// <summary>
/// Times as people type them. A time that leaves out its small parts is the whole stretch that it names: <c>2026-01-20</c> the day, <c>2026-01</c> the month,
/// <c>2026-01-20T10</c> the hour. <c>now</c>, <c>now-15m</c> and <c>-15m</c> count from now. UTC without an offset.
/// </summary>
public static class TimeText
{
    private static readonly (string Format, Func<DateTimeOffset, DateTimeOffset> End)[] Partial =
    [
        ("yyyy", start => start.AddYears(1)),
        ("yyyy-MM", start => start.AddMonths(1)),
        ("yyyy-MM-dd", start => start.AddDays(1)),
        ("yyyy-MM-dd'T'HH", start => start.AddHours(1)),
        ("yyyy-MM-dd'T'HH:mm", start => start.AddMinutes(1)),
        ("yyyy-MM-dd'T'HH:mm:ss", start => start.AddSeconds(1)),
        ("yyyy-MM-dd'T'HH:mm:ss'Z'", start => start.AddSeconds(1)),
    ];

    private static readonly (string Name, long Nanoseconds)[] Units =
    [
        ("w", 7 * Instant.PerDay), ("d", Instant.PerDay), ("h", 3_600 * Instant.PerSecond), ("m", 60 * Instant.PerSecond), ("s", Instant.PerSecond), ("ms", Instant.PerMillisecond),
    ];

    /// <summary>The stretch that the text names; a time that is exact is one nanosecond long.</summary>
    public static bool TryParse(string text, long now, out TimeRange stretch)
    {
        foreach (var (format, end) in Partial)
        {
            if (text.Length == format.Replace("'", "", StringComparison.Ordinal).Length
                && DateTimeOffset.TryParseExact(text, format, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var start))
            {
                stretch = new TimeRange(Clamp(start), Clamp(end(start)));
                return true;
            }
        }
        if (TryParseRelative(text, now, out var instant) || Timestamps.TryParse(Encoding.UTF8.GetBytes(text), out instant, out _))
        {
            stretch = new TimeRange(Math.Max(instant, Instant.Min), Math.Min(Math.Max(instant, Instant.Min), Instant.Max - 1) + 1);
            return true;
        }
        stretch = default;
        return false;
    }

    /// <summary>A length of time such as <c>90s</c>, <c>15m</c>, <c>1.5h</c>, <c>7d</c>, <c>2w</c>; ns, whole milliseconds, above 0.</summary>
    public static bool TryParseLength(string text, out long length)
    {
        length = 0;
        var unit = text.AsSpan().TrimStart("0123456789.");
        var nanoseconds = 0L;
        foreach (var known in Units)
        {
            nanoseconds = unit.SequenceEqual(known.Name) ? known.Nanoseconds : nanoseconds;
        }
        if (nanoseconds == 0 || !double.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }
        length = number * nanoseconds < Instant.Max ? (long)(number * nanoseconds) / Instant.PerMillisecond * Instant.PerMillisecond : 0;
        return length > 0;
    }

    /// <summary>A length as <see cref="TryParseLength"/> reads it, in the largest unit that it is a whole number of.</summary>
    public static string PrintLength(long length)
    {
        var (name, unit) = Units.First(unit => length % unit.Nanoseconds == 0);
        return string.Create(CultureInfo.InvariantCulture, $"{length / unit}{name}");
    }

    private static bool TryParseRelative(string text, long now, out long instant)
    {
        instant = now;
        if (text == "now")
        {
            return true;
        }
        var rest = text.StartsWith("now", StringComparison.Ordinal) ? text[3..] : text;
        if (rest.Length < 2 || rest[0] is not ('-' or '+') || !TryParseLength(rest[1..], out var length))
        {
            return false;
        }
        instant = rest[0] == '-' ? now - Math.Min(length, now) : now + Math.Min(length, Instant.Max - now);
        return true;
    }

    private static long Clamp(DateTimeOffset at) => at.Year < 1970 ? Instant.Min : at.Year > 2261 ? Instant.Max : Instant.From(at);
}
