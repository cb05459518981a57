using System.Text.RegularExpressions;
using Picket.Detection.Yaml;
using Picket.Events;
using Picket.Query;
using Picket.Query.Language;
using Picket.Query.Operators;
using Picket.Query.Store;

namespace Picket.Detection.Rules;

/// <summary>Reads a rule in this product's own way, YAML or JSON: a title, and a query in the query language, or an object of fields and their values.</summary>
internal static partial class OwnRule
{
    private const long MostDuration = 30 * Instant.PerDay;

    private static readonly string[] Members =
    [
        "id", "title", "name", "query", "severity", "level", "description", "tags", "logsource", "references", "author", "date", "falsepositives", "is_active",
        "threshold", "window_seconds", "group_by", "entity", "distinct", "sum", "first_seen", "within_days", "absence", "schedule", "time_zone", "eval_interval", "resolve_after", "reopen_within", "auto_close", "storm",
    ];

    /// <param name="map">The document.</param>
    /// <param name="name">Its id where it has none.</param>
    /// <exception cref="RuleException">It is wrong.</exception>
    public static Rule Read(YamlMap map, string name, ValueLists lists)
    {
        foreach (var (member, _) in map.Members.Where(member => !Members.Contains(member.Name.Text)))
        {
            throw new RuleException(member, $"a rule with a query has no {member.Text}{(Suggestions.Nearest(member.Text, Members) is { } near ? $"; did you mean {near}?" : "")}");
        }
        var title = map.Text("title") ?? map.Text("name") ?? throw new RuleException(map, "the rule has no title");
        var query = map["query"]!;
        // When a firing rule has ceased to hold is known at every moment: how often it is looked at makes no difference, and other systems have it said.
        _ = Duration(map, "eval_interval");
        var schedule = OwnWindow.ReadSchedule(map);
        var absence = Flag(map, "absence", absent: false) ? OwnWindow.ReadAbsence(map) : null;
        var rule = new Rule(Id(map, name), title, RuleLevels.Read(map["severity"] ?? map["level"]), Source(map), lists.Expand(FilterOf(query), query))
        {
            Description = map.Text("description"),
            Tags = map.Texts("tags"),
            Query = query is YamlText text ? text.Text : null,
            GroupBy = OwnWindow.IsByEvent(map["group_by"]) ? [] : OwnWindow.Fields(map["group_by"]),
            IsGroupedByEvent = OwnWindow.IsByEvent(map["group_by"]),
            Entity = OwnWindow.Fields(map["entity"]),
            Window = absence is null && schedule is null ? OwnWindow.Read(map) : null,
            Absence = absence,
            Schedule = schedule,
            FirstSeen = OwnWindow.ReadFirstSeen(map),
            IsActive = Flag(map, "is_active", absent: true),
            Alerts = new AlertPolicy
            {
                ResolveAfter = Duration(map, "resolve_after"),
                ReopenWithin = Duration(map, "reopen_within") ?? 0,
                AutoClose = Flag(map, "auto_close", absent: false),
                FoldsStorms = map["storm"] switch
                {
                    null or YamlText { Text: "on" } => true,
                    YamlText { Text: "off" } => false,
                    var other => throw new RuleException(other, "storm is on, so that more than a hundred new alerts in an hour become one, or off"),
                },
            },
        };
        return rule.Alerts.AutoClose && rule.ResolveAfter is null
            ? throw new RuleException(map["auto_close"]!, "auto_close closes an alert when its rule holds no more: a rule that each event makes hold needs resolve_after to say when, such as resolve_after: 1h")
            : rule;
    }

    private static bool Flag(YamlMap map, string name, bool absent) => map[name] switch
    {
        null => absent,
        YamlText { Text: "true" } => true,
        YamlText { Text: "false" } => false,
        var other => throw new RuleException(other, $"{name} is true or false"),
    };

    private static long? Duration(YamlMap map, string name) => map[name] switch
    {
        null or YamlText { IsNull: true } => null,
        var node => YamlDuration.Read(node, MostDuration, $"{name} is a number and a letter, such as 30s, 5m, 1h or 7d; 30d at most"),
    };

    private static string Id(YamlMap map, string name)
    {
        var id = map.Text("id") ?? name;
        return Word().IsMatch(id) ? id : throw new RuleException(map["id"] ?? map, $"an id has letters, digits, - and _, at most 100 of them; this one is \"{(id.Length <= 100 ? id : id[..100] + "…")}\"");
    }

    private static LogSource Source(YamlMap map) => map["logsource"] is null ? new LogSource(null, null, null) : Sigma.SigmaRule.Source(map);

    internal static Filter FilterOf(YamlNode query) => query switch
    {
        YamlText text => Parsed(text),
        YamlMap { Members.Count: > 0 } fields => Filter.AllOf(fields.Members.Select(field => field.Value switch
        {
            YamlText value => Terms.Equal(field.Name.Text, value.Text),
            YamlList { Items.Count: > 0 } values => Terms.AnyOf(field.Name.Text, [.. values.Items.Select(value => value is YamlText text ? text.Text : throw new RuleException(value, "a text or a number was expected"))]),
            var other => throw new RuleException(other, "a text, a number or a list of them was expected"),
        })),
        _ => throw new RuleException(query, "a query was expected, such as level:error app:sshd, or an object of fields"),
    };

    private static Filter Parsed(YamlText text)
    {
        try
        {
            // Any time will do: one that is asked for is refused.
            var query = QueryParser.Parse(text.Text, now: Instant.Max / 2);
            return query.Pipes.Count > 0 ? throw new RuleException(text, "a rule's query has no pipes: it is asked of one event")
                : query.Time != TimeRange.All ? throw new RuleException(text, "a rule's query has no time: it is asked of each event that comes")
                : query.Filter;
        }
        catch (QueryException error)
        {
            throw new RuleException(text, error.Message);
        }
    }

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$", RegexOptions.CultureInvariant)]
    private static partial Regex Word();
}
