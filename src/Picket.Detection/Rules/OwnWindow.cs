using System.Globalization;
using Picket.Detection.Yaml;
using Picket.Events;
using Picket.Events.Schema;

namespace Picket.Detection.Rules;

/// <summary>Reads what a rule in this product's own way says of how many events, in which time, of which group.</summary>
internal static class OwnWindow
{
    private const int MostThreshold = 10_000;
    private const int MostScheduledThreshold = 1_000_000_000;
    private const int MostSeconds = 7 * 86_400;
    private const int MostScheduledSeconds = 31 * 86_400;
    private const int DefaultSeconds = 300;
    private const int MostAwaited = 1_000;
    private const int MostDays = 365;
    private const int MostFields = 8;

    /// <summary>Whether each event is a group of its own.</summary>
    public static bool IsByEvent(YamlNode? group) => group is YamlText { Text: "event" } or YamlList { Items: [YamlText { Text: "event" }] };

    /// <exception cref="RuleException">It is wrong.</exception>
    public static Window Read(YamlMap map) => Read(map, (Number(map["window_seconds"], MostSeconds) ?? DefaultSeconds) * Instant.PerSecond, MostThreshold);

    private static Window Read(YamlMap map, long span, int mostThreshold)
    {
        var (threshold, distinct, sum) = (map["threshold"], map["distinct"], map["sum"]);
        if (distinct is not null && sum is not null)
        {
            throw new RuleException(sum, "a rule has distinct, the fields whose distinct values are counted, or sum, the field whose numbers are added up, not both");
        }
        var window = distinct is not null ? new Window(Measure.Distinct, span, Comparison.AtLeast, Number(threshold, mostThreshold) ?? 1) { Of = Named(distinct) }
            : sum is not null ? new Window(Measure.Sum, span, Comparison.AtLeast, Decimal(threshold ?? sum)) { Of = Named(sum) }
            : new Window(Measure.Events, span, Comparison.AtLeast, Number(threshold, mostThreshold) ?? 1);
        return IsByEvent(map["group_by"]) && !window.IsOfEachEvent
            ? throw new RuleException(map["group_by"]!, "grouped by event, each event is an alert of its own: that goes with a threshold of 1 and neither distinct nor sum")
            : window;
    }

    /// <summary>Null where a rule does not look for new values.</summary>
    /// <exception cref="RuleException">It is wrong.</exception>
    public static FirstSeen? ReadFirstSeen(YamlMap map)
    {
        if (map["first_seen"] is not { } named)
        {
            return map["within_days"] is { } days ? throw new RuleException(days, "within_days goes with first_seen, the fields whose values must be new") : null;
        }
        foreach (var other in (string[])["threshold", "window_seconds", "distinct", "sum", "entity"])
        {
            if (map[other] is { } node)
            {
                throw new RuleException(node, $"a rule with first_seen has no {other}: each value that was not seen within_days raises an alert");
            }
        }
        return IsByEvent(map["group_by"])
            ? throw new RuleException(map["group_by"]!, "a rule with first_seen is not grouped by event: each value is a group of its own")
            : new FirstSeen(Named(named), (Number(map["within_days"], MostDays) ?? 30) * Instant.PerDay);
    }

    /// <summary>Null where a rule looks at each event that comes.</summary>
    /// <exception cref="RuleException">It is wrong.</exception>
    public static Schedule? ReadSchedule(YamlMap map)
    {
        if (map["schedule"] is not { } schedule)
        {
            return map["time_zone"] is { } zone ? throw new RuleException(zone, "time_zone goes with schedule, whose times it is for") : null;
        }
        foreach (var other in (string[])["absence", "first_seen", "entity"])
        {
            if (map[other] is { } node)
            {
                throw new RuleException(node, $"a rule with schedule has no {other}: it counts the events of its window");
            }
        }
        return IsByEvent(map["group_by"])
            ? throw new RuleException(map["group_by"]!, "a rule with schedule is not grouped by event: it counts the events of its window")
            : Schedule.Read(schedule, Zone(map["time_zone"]), every => Read(map, SpanOf(schedule, Number(map["window_seconds"], MostScheduledSeconds) * Instant.PerSecond ?? every), MostScheduledThreshold));

        static long SpanOf(YamlNode schedule, long? said) => said ?? throw new RuleException(schedule, "a schedule as in a crontab goes with window_seconds: of how long before each moment the events count");
    }

    /// <summary>How many events of a group must come in which time.</summary>
    /// <exception cref="RuleException">It is wrong.</exception>
    public static Absence ReadAbsence(YamlMap map)
    {
        foreach (var other in (string[])["distinct", "sum", "first_seen", "entity"])
        {
            if (map[other] is { } node)
            {
                throw new RuleException(node, $"a rule with absence has no {other}: it counts the events of each group that it knows");
            }
        }
        return map["group_by"] is null || IsByEvent(map["group_by"])
            ? throw new RuleException(map["group_by"] ?? map["absence"]!, "absence needs group_by, the fields that say whom it waits for, such as group_by: host")
            : new Absence(Number(map["threshold"], MostAwaited) ?? 1, (Number(map["window_seconds"], MostSeconds) ?? DefaultSeconds) * Instant.PerSecond);
    }

    /// <summary>The fields that a text or a list of texts names; none where there is nothing.</summary>
    /// <exception cref="RuleException">It is neither.</exception>
    public static IReadOnlyList<Field> Fields(YamlNode? node)
    {
        var names = node switch
        {
            null or YamlText { IsNull: true } => [],
            YamlText one => [one.Text],
            YamlList list when list.Items.All(item => item is YamlText) => list.Items.Select(item => ((YamlText)item).Text).ToArray(),
            _ => throw new RuleException(node, "the name of a field was expected, or a list of names"),
        };
        return names.Length > MostFields ? throw new RuleException(node!, $"at most {MostFields} fields can be named here")
            : names.Any(string.IsNullOrWhiteSpace) ? throw new RuleException(node!, "a field's name was expected, and it is empty")
            : [.. names.Select(EventSchema.Resolve).Distinct()];
    }

    private static TimeZoneInfo Zone(YamlNode? node) => node switch
    {
        null => TimeZoneInfo.Utc,
        YamlText { Text: var name } when TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) => zone,
        _ => throw new RuleException(node, "time_zone is the name of a time zone, such as Europe/Berlin or UTC"),
    };

    private static IReadOnlyList<Field> Named(YamlNode node) => Fields(node) is { Count: > 0 } fields ? fields : throw new RuleException(node, "the name of a field was expected");

    private static long? Number(YamlNode? node, long most) => node switch
    {
        null or YamlText { IsNull: true } => null,
        YamlText text when long.TryParse(text.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= most => number,
        _ => throw new RuleException(node, $"a whole number from 1 to {most:N0} was expected"),
    };

    private static decimal Decimal(YamlNode node) => node is YamlText text && decimal.TryParse(text.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
        ? number
        : throw new RuleException(node, "a rule with sum needs a threshold, the number that the sum must reach");
}
