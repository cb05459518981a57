using Picket.Detection.Rules;
using Picket.Detection.Sigma;
using Picket.Detection.Yaml;
using Picket.Events.Schema;
using Picket.Query;
using Picket.Query.Language;

namespace Picket.Detection.Pipelines;

/// <summary>One step of a pipeline, for the rules and fields that its conditions name.</summary>
/// <param name="Change">What it makes of a rule.</param>
/// <param name="IsFor">Whether it is for a rule.</param>
/// <param name="IsOfNames">Whether it only says otherwise what is asked, so that it is for filters over rules too.</param>
internal sealed record Transformation(Func<Rule, Rule> Change, Func<Rule, bool> IsFor, bool IsOfNames)
{
    private static readonly Dictionary<string, Func<YamlMap, Func<Field, bool>, Func<Rule, Rule>>> Types = new()
    {
        ["field_name_mapping"] = (map, isFor) => Renamed(isFor, Mapping(map)),
        ["field_name_prefix_mapping"] = (map, isFor) => Renamed(isFor, PrefixMapping(map)),
        ["field_name_prefix"] = Prefixed,
        ["field_name_suffix"] = Suffixed,
        ["add_condition"] = (map, _) => Added(map),
        ["change_logsource"] = (map, _) => Moved(map),
        ["rule_failure"] = (map, _) => Failed(map),
    };

    private static readonly string[] Common = ["id", "type", "rule_conditions", "rule_cond_op", "rule_cond_not", "field_name_conditions", "field_name_cond_op", "field_name_cond_not"];

    public static Transformation Read(YamlMap map)
    {
        var type = Needed(map, "type");
        var make = Types.GetValueOrDefault(type) ?? throw new RuleException(map["type"]!, $"there is no transformation {type}{(Suggestions.Nearest(type, Types.Keys) is { } near ? $"; did you mean {near}?" : $"; there are {string.Join(", ", Types.Keys)}")}");
        var known = Common.Concat(["mapping", "prefix", "suffix", "conditions", "negated", "product", "service", "category", "message"]);
        foreach (var (name, _) in map.Members.Where(member => !known.Contains(member.Name.Text)))
        {
            throw new RuleException(name, $"a transformation has no {name.Text}");
        }
        return new Transformation(make(map, FieldConditions(map)), RuleConditions(map), type is not ("add_condition" or "rule_failure"));
    }

    public Rule Apply(Rule rule) => IsFor(rule) ? Change(rule) : rule;

    private static Func<Rule, Rule> Renamed(Func<Field, bool> isFor, Func<Field, IReadOnlyList<string>> names) =>
        rule => rule with { Filter = rule.Filter.WithFields(field => isFor(field) ? [.. names(field).Select(EventSchema.Resolve)] : [field]) };

    private static Func<Rule, Rule> Prefixed(YamlMap map, Func<Field, bool> isFor)
    {
        var prefix = Needed(map, "prefix");
        return Renamed(isFor, field => [prefix + field.Name]);
    }

    private static Func<Rule, Rule> Suffixed(YamlMap map, Func<Field, bool> isFor)
    {
        var suffix = Needed(map, "suffix");
        return Renamed(isFor, field => [field.Name + suffix]);
    }

    private static Func<Rule, Rule> Moved(YamlMap map)
    {
        var source = Source(map);
        return rule => rule with { LogSource = source };
    }

    private static Func<Rule, Rule> Failed(YamlMap map)
    {
        var message = Needed(map, "message");
        return _ => throw new FormatException(message);
    }

    private static Func<Field, IReadOnlyList<string>> Mapping(YamlMap map)
    {
        var names = (map["mapping"] as YamlMap ?? throw new RuleException(map, "the mapping is missing")).Members.ToDictionary(member => EventSchema.Resolve(member.Name.Text), member => Texts(member.Value));
        return field => names.GetValueOrDefault(field) ?? [field.Name];
    }

    private static Func<Field, IReadOnlyList<string>> PrefixMapping(YamlMap map)
    {
        var prefixes = (map["mapping"] as YamlMap ?? throw new RuleException(map, "the mapping is missing")).Members.Select(member => (member.Name.Text, Names: Texts(member.Value))).ToArray();
        return field => prefixes.FirstOrDefault(prefix => field.Name.StartsWith(prefix.Text, StringComparison.Ordinal)) is { Text: { } found, Names: var names } ? [.. names.Select(name => name + field.Name[found.Length..])] : [field.Name];
    }

    private static Func<Rule, Rule> Added(YamlMap map)
    {
        var conditions = map["conditions"] as YamlMap ?? throw new RuleException(map, "the conditions are missing");
        var added = Filter.AllOf(conditions.Members.Select(member => SigmaTerm.Read(member.Name, member.Value, new ValueLists(null))));
        added = map.Text("negated") == "true" ? new Filter.Not(added) : added;
        return rule => rule with { Filter = new Filter.And([rule.Filter, added]) };
    }

    private static LogSource Source(YamlMap map) => new(map.Text("product")?.ToLowerInvariant(), map.Text("service")?.ToLowerInvariant(), map.Text("category")?.ToLowerInvariant());

    private static Func<Rule, bool> RuleConditions(YamlMap map)
    {
        return Combined([.. Conditions(map, "rule_conditions").Select(RuleCondition)], map, "rule_cond_op", "rule_cond_not");
    }

    private static Func<Rule, bool> RuleCondition(YamlMap condition)
    {
        switch (Needed(condition, "type"))
        {
            case "logsource":
                var asked = Source(condition);
                return rule => Suits(asked.Product, rule.LogSource.Product) && Suits(asked.Service, rule.LogSource.Service) && Suits(asked.Category, rule.LogSource.Category);
            case "contains_field":
                var field = EventSchema.Resolve(Needed(condition, "field"));
                return rule => rule.Filter.Fields.Contains(field);
            case "tag":
                var tag = Needed(condition, "tag");
                return rule => rule.Tags.Contains(tag, StringComparer.OrdinalIgnoreCase);
            case var other:
                throw new RuleException(condition, $"there is no condition of rules {other}; there are logsource, contains_field and tag");
        }
    }

    private static Func<Field, bool> FieldConditions(YamlMap map)
    {
        var conditions = Conditions(map, "field_name_conditions").Select(condition =>
        {
            var fields = Texts(condition["fields"] ?? throw new RuleException(condition, "the fields are missing")).Select(EventSchema.Resolve).ToHashSet();
            return Needed(condition, "type") switch
            {
                "include_fields" => (Func<Field, bool>)fields.Contains,
                "exclude_fields" => field => !fields.Contains(field),
                var other => throw new RuleException(condition, $"there is no condition of fields {other}; there are include_fields and exclude_fields"),
            };
        }).ToArray();
        return Combined(conditions, map, "field_name_cond_op", "field_name_cond_not");
    }

    private static Func<T, bool> Combined<T>(Func<T, bool>[] conditions, YamlMap map, string op, string not)
    {
        var isNot = map.Text(not) == "true";
        return (map.Text(op) ?? "and") switch
        {
            "and" => one => Array.TrueForAll(conditions, condition => condition(one)) != isNot,
            "or" => one => (conditions.Length == 0 || Array.Exists(conditions, condition => condition(one))) != isNot,
            _ => throw new RuleException(map[op]!, "and or or was expected"),
        };
    }

    private static IEnumerable<YamlMap> Conditions(YamlMap map, string name) => map[name] switch
    {
        null => [],
        YamlList list => list.Items.Select(item => item as YamlMap ?? throw new RuleException(item, "a condition is a map with a type")),
        var other => throw new RuleException(other, "a list of conditions was expected"),
    };

    private static bool Suits(string? asked, string? there) => asked is null || asked == there;

    private static IReadOnlyList<string> Texts(YamlNode node) => node switch
    {
        YamlText text => [text.Text],
        YamlList { Items.Count: > 0 } list => [.. list.Items.Select(item => item is YamlText text ? text.Text : throw new RuleException(item, "a name was expected"))],
        _ => throw new RuleException(node, "a name was expected, or a list of them"),
    };

    private static string Needed(YamlMap map, string name) => map.Text(name) ?? throw new RuleException(map, $"{name} is missing");
}
