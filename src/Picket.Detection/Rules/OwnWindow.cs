using System.Globalization;
using Picket.Detection.Yaml;
using Picket.Events;
using Picket.Events.Schema;

namespace Picket.Detection.Rules;

/// <summary>Reads what a rule in this product's own way says of how many events, in which time, of which group.</summary>
internal static class OwnWindow
{
    private const int MostThreshold = 10_000;
    private const int MostSeconds = 7 * 86_400;
    private const int MostAwaited = 1_000;
    private const int MostDays = 365;
    private const int MostFields = 8;

    /// <summary>Whether each event is a group of its own.</summary>
    public static bool IsByEvent(YamlNode? group) => group is YamlText { Text: "event" } or YamlList { Items: [YamlText { Text: "event" }] };

    /// <exception cref="RuleException">It is wrong.</exception>
    public static Window Read(YamlMap map)
    {
        var (threshold, distinct, sum) = (map["threshold"], map["distinct"], map["sum"]);
        if (distinct is not null && sum is not null)
        {
            throw new RuleException(sum, "a rule has distinct, the fields whose distinct values are counted, or sum, the field whose numbers are added up, not both");
        }
        var span = (Number(map["window_seconds"], MostSeconds) ?? 300) * Instant.PerSecond;
        var window = distinct is not null ? new Window(Measure.Distinct, span, Comparison.AtLeast, Number(threshold, MostThreshold) ?? 1) { Of = Named(distinct) }
            : sum is not null ? new Window(Measure.Sum, span, Comparison.AtLeast, Decimal(threshold ?? sum)) { Of = Named(sum) }
            : new Window(Measure.Events, span, Comparison.AtLeast, Number(threshold, MostThreshold) ?? 1);
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
            : new Absence(Number(map["threshold"], MostAwaited) ?? 1, (Number(map["window_seconds"], MostSeconds) ?? 300) * Instant.PerSecond);
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
