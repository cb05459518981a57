using System.Globalization;
using System.Text.RegularExpressions;
using Picket.Detection.Yaml;
using Picket.Events;
using Quartz;

namespace Picket.Detection.Rules;

/// <summary>
/// The moments at which a rule asks for the events of exactly one window: those after its beginning, up to the moment itself. Each so often, counted from 1970, or as crontab(5) says. Immutable, thread-safe.
/// </summary>
public sealed partial class Schedule
{
    // So many moments tell how far apart they are: weekdays and months included.
    private const int Sampled = 500;
    private const long MostEvery = 31 * Instant.PerDay;
    private const long LeastEvery = 10 * Instant.PerSecond;

    private readonly long every;
    private readonly CronExpression? cron;

    private Schedule(string text, long every, CronExpression? cron)
    {
        (Text, this.every, this.cron) = (text, every, cron);
        Pause = every > 0 ? every : LongestPause();
    }

    /// <summary>As its author wrote it.</summary>
    public string Text { get; }

    /// <summary>By which clock crontab's times are told.</summary>
    public TimeZoneInfo Zone => cron?.TimeZone ?? TimeZoneInfo.Utc;

    /// <summary>What is asked of the events, and of how much time.</summary>
    public required Window Window { get; init; }

    /// <summary>The longest time between two moments; ns.</summary>
    public long Pause { get; }

    /// <exception cref="RuleException">It is neither a length of time nor one of crontab's.</exception>
    /// <param name="windowOf">Given how far apart the moments are; null where that differs.</param>
    internal static Schedule Read(YamlNode node, TimeZoneInfo zone, Func<long?, Window> windowOf)
    {
        const string Wanted = "schedule is a length of time from 10s to 31d, such as 15m, or minute, hour, day of the month, month and day of the week as in a crontab, such as 0 6 * * 1-5";
        if (node is not YamlText { Text: var text })
        {
            throw new RuleException(node, Wanted);
        }
        var parts = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length != 5)
        {
            var every = YamlDuration.Read(node, MostEvery, Wanted);
            return every >= LeastEvery ? Bounded(node, new Schedule(text, every, null) { Window = windowOf(every) }) : throw new RuleException(node, Wanted);
        }
        if (parts[2] != "*" && parts[4] != "*")
        {
            // crontab(5) takes either of them then, which nobody expects.
            throw new RuleException(node, "a schedule has days of the month or days of the week, and the other is *");
        }
        // Quartz begins with seconds, counts days of the week from 1, and wants a ? for the day that is not said.
        var days = parts[4] == "*" ? "?" : DayOfWeek().Replace(parts[4], day => $"{(int.Parse(day.Value, CultureInfo.InvariantCulture) % 7) + 1}");
        var quartz = $"0 {parts[0]} {parts[1]} {(parts[4] == "*" ? parts[2] : "?")} {parts[3]} {days}";
        return CronExpression.IsValidExpression(quartz) && new CronExpression(quartz) { TimeZone = zone } is var cron && cron.GetNextValidTimeAfter(Start) is not null
            ? Bounded(node, new Schedule(text, 0, cron) { Window = windowOf(null) })
            : throw new RuleException(node, Wanted);
    }

    /// <summary>The first moment behind another; ns since 1970.</summary>
    public long After(long time) => cron is null
        ? (Math.Max(0, time) / every + 1) * every
        : cron.GetNextValidTimeAfter(Instant.ToDateTimeOffset(time)) is { } next ? Instant.From(next) : Instant.Max;

    private static Schedule Bounded(YamlNode node, Schedule schedule) => schedule.Window.Span / Limits.ScheduledOverlap <= schedule.Pause
        ? schedule
        : throw new RuleException(node, $"each event would be looked at more than {Limits.ScheduledOverlap:N0} times: take a longer schedule, or fewer window_seconds");

    private long LongestPause()
    {
        var (at, longest) = (Instant.From(Start), 0L);
        for (var i = 0; i < Sampled && After(at) is var next && next < Instant.Max; i++)
        {
            (at, longest) = (next, i == 0 ? 0 : Math.Max(longest, next - at));
        }
        return longest;
    }

    private static DateTimeOffset Start => DateTimeOffset.UnixEpoch.AddYears(50);

    // Not a step, nor which of the month.
    [GeneratedRegex("(?<![/#0-9])[0-7](?![0-9])", RegexOptions.CultureInvariant)]
    private static partial Regex DayOfWeek();
}
