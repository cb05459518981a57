using System.Globalization;
using Picket.Detection.Rules;
using Picket.Detection.Yaml;
using Picket.Events;
using Picket.Events.Schema;
using Picket.Query;

namespace Picket.Detection.Sigma;

/// <summary>Reads a correlation of Sigma (specification 2.1, "Sigma Correlation Rules"): a rule over the matches of others.</summary>
internal static class SigmaCorrelation
{
    private const int MostRules = 64;
    private const long MostSpan = 30 * Instant.PerDay;

    private static readonly Dictionary<string, Measure> Types = new(StringComparer.Ordinal)
    {
        ["event_count"] = Measure.Events,
        ["value_count"] = Measure.Distinct,
        ["value_sum"] = Measure.Sum,
        ["value_avg"] = Measure.Average,
        ["value_percentile"] = Measure.Percentile,
        ["value_median"] = Measure.Percentile,
        ["temporal"] = Measure.Together,
        ["temporal_ordered"] = Measure.InOrder,
    };

    private static readonly Dictionary<string, Comparison> Comparisons = new(StringComparer.Ordinal)
    {
        ["gt"] = Comparison.MoreThan,
        ["gte"] = Comparison.AtLeast,
        ["lt"] = Comparison.LessThan,
        ["lte"] = Comparison.AtMost,
        ["eq"] = Comparison.Equal,
        ["neq"] = Comparison.NotEqual,
    };

    private static readonly string[] Members = ["type", "rules", "aliases", "group-by", "timespan", "condition", "generate"];

    /// <param name="map">The document.</param>
    /// <param name="correlation">Its <c>correlation</c>.</param>
    /// <param name="name">Its id where it has none.</param>
    /// <exception cref="RuleException">It is wrong, or cannot be run exactly.</exception>
    public static Rule Read(YamlMap map, YamlMap correlation, string name)
    {
        if (correlation.Members.FirstOrDefault(member => !Members.Contains(member.Name.Text)).Name is { } unknown)
        {
            throw new RuleException(unknown, $"a correlation has no {unknown.Text}");
        }
        var type = correlation["type"] as YamlText ?? throw new RuleException(correlation, "the correlation has no type");
        var measure = Types.TryGetValue(type.Text, out var known) ? known : throw new RuleException(type, $"the type of a correlation is one of {string.Join(", ", Types.Keys)}; {type.Text} is not run in this version");
        var rules = Texts(correlation, "rules");
        if (rules.Count is 0 or > MostRules)
        {
            throw new RuleException(correlation["rules"] ?? correlation, $"a correlation names the rules that it is of: 1 to {MostRules} of them");
        }
        var span = YamlDuration.Read(
            correlation["timespan"] ?? throw new RuleException(correlation, "the correlation has no timespan, such as 5m"), MostSpan, "a timespan is a number and a letter, such as 30s, 5m, 1h or 7d; 30d at most");
        return new Rule(map.Text("id") ?? name, map.Text("title") ?? throw new RuleException(map, "the rule has no title"), RuleLevels.Read(map["level"]), new LogSource(null, null, null), Filter.Nothing)
        {
            Name = map.Text("name"),
            Description = map.Text("description"),
            Tags = map.Texts("tags"),
            IsSigma = true,
            Window = measure is Measure.Together or Measure.InOrder ? OfRules(correlation, measure, rules, span) : OfValues(correlation, type, measure, span),
            Correlation = new Correlation(rules, Texts(correlation, "group-by"), Aliases(correlation), IsTrue(correlation["generate"]) || IsTrue(map["generate"])),
        };
    }

    private static Window OfRules(YamlMap correlation, Measure measure, IReadOnlyList<string> rules, long span)
    {
        if (correlation["condition"] is not { } condition)
        {
            return new Window(measure, span, Comparison.AtLeast, rules.Count);
        }
        if (measure == Measure.InOrder || condition is not YamlText text)
        {
            throw new RuleException(condition, measure == Measure.InOrder
                ? "temporal_ordered has no condition: all of the rules are needed, in their order"
                : "the condition of a temporal correlation is a text over its rules, such as rule_a and not rule_b; without one, all of them are needed");
        }
        var read = SigmaCondition.Parse(text.Text, rules, condition, "the correlation", "rule");
        var places = rules.Select((name, place) => (name, place)).ToDictionary(pair => pair.name, pair => pair.place, StringComparer.Ordinal);
        return read.Holds(_ => false)
            ? throw new RuleException(condition, "the condition holds where no rule has an event, and so could never be told; it needs a rule that is not negated")
            : new Window(measure, span, Comparison.AtLeast, 1) { OfRules = there => read.Holds(name => (there & (1ul << places[name])) != 0), IsOfRulesRising = !read.HasNot };
    }

    private static Window OfValues(YamlMap correlation, YamlText type, Measure measure, long span)
    {
        var condition = correlation["condition"] as YamlMap ?? throw new RuleException(correlation["condition"] ?? correlation, $"{type.Text} needs a condition, such as condition: {{gte: 10}}");
        var bounds = new List<(Comparison, decimal)>();
        foreach (var (name, value) in condition.Members)
        {
            if (Comparisons.TryGetValue(name.Text, out var comparison))
            {
                bounds.Add((comparison, Number(value)));
            }
            else if (name.Text is not ("field" or "percentile"))
            {
                throw new RuleException(name, $"a condition has field, percentile, and one or more of {string.Join(", ", Comparisons.Keys)}; not {name.Text}");
            }
        }
        if (bounds.Count == 0)
        {
            throw new RuleException(condition, $"the condition compares with nothing; it needs one of {string.Join(", ", Comparisons.Keys)}");
        }
        var of = Texts(condition, "field");
        if (measure != Measure.Events && of.Count == 0)
        {
            throw new RuleException(condition, $"{type.Text} needs a field in its condition, whose values it is of");
        }
        if (measure != Measure.Distinct && of.Count > 1)
        {
            throw new RuleException(condition["field"]!, $"{type.Text} is of one field");
        }
        var window = new Window(measure, span, bounds[0].Item1, bounds[0].Item2) { Of = measure == Measure.Events ? [] : [.. of.Select(EventSchema.Resolve)], Further = bounds[1..] };
        return type.Text switch
        {
            "value_median" => window with { Percentile = 50 },
            "value_percentile" when condition["percentile"] is not { } percentile => throw new RuleException(condition, "value_percentile needs a percentile in its condition, such as percentile: 95"),
            "value_percentile" when Number(condition["percentile"]!) is >= 0 and <= 100 and var percentile => window with { Percentile = percentile },
            "value_percentile" => throw new RuleException(condition["percentile"]!, "a percentile is a number from 0 to 100"),
            _ => window,
        };
    }

    private static decimal Number(YamlNode node) =>
        node is YamlText text && decimal.TryParse(text.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : throw new RuleException(node, "a number was expected");

    private static bool IsTrue(YamlNode? node) => node switch
    {
        null or YamlText { Text: "false" } => false,
        YamlText { Text: "true" } => true,
        _ => throw new RuleException(node, "generate is true or false"),
    };

    private static IReadOnlyList<string> Texts(YamlMap map, string name) => map[name] switch
    {
        null or YamlText { IsNull: true } => [],
        YamlText one => [one.Text],
        YamlList list => [.. list.Items.Select(item => item is YamlText text ? text.Text : throw new RuleException(item, "a text was expected")).Distinct()],
        var other => throw new RuleException(other, $"{name} is a text or a list of texts"),
    };

    private static Dictionary<string, IReadOnlyDictionary<string, string>> Aliases(YamlMap correlation) => correlation["aliases"] switch
    {
        null or YamlText { IsNull: true } => [],
        YamlMap aliases => aliases.Members.ToDictionary(alias => alias.Name.Text, alias => (IReadOnlyDictionary<string, string>)(alias.Value is YamlMap fields
            ? fields.Members.ToDictionary(field => field.Name.Text, field => field.Value is YamlText text ? text.Text : throw new RuleException(field.Value, "the name of a field was expected"))
            : throw new RuleException(alias.Value, "an alias names a field for each rule, such as src: {rule_a: SourceIp, rule_b: IpAddress}"))),
        var other => throw new RuleException(other, "aliases is a map of names"),
    };
}
