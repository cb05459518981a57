using System.Globalization;
using Picket.Detection.Rules;
using Picket.Detection.Yaml;
using Picket.Events;
using Picket.Events.Schema;
using Picket.Query;
using Picket.Query.Language;
using Picket.Query.Operators;
using Picket.Query.Store;

namespace Picket.Detection.Sigma;

/// <summary>One line of a detection: a field, its modifiers and its values; or keywords, which have no field.</summary>
internal static class SigmaTerm
{
    private static readonly Dictionary<string, Func<double, Operator>> Comparisons = new()
    {
        ["lt"] = Between.LessThan,
        ["lte"] = Between.AtMost,
        ["gt"] = Between.MoreThan,
        ["gte"] = Between.AtLeast,
    };

    // Of a regular expression.
    private static readonly string[] Flags = ["i", "m", "s"];

    private static readonly string[] Others = ["all", "cased", "re", "cidr", "exists", "fieldref", "expand", "neq"];

    private static IEnumerable<string> Known => SigmaModifiers.Names.Concat(Comparisons.Keys).Concat(Flags).Concat(Others).Concat(TimePart.Names);

    /// <param name="name">A field with its modifiers, <c>CommandLine|contains|all</c>; empty, or modifiers alone, for keywords.</param>
    /// <exception cref="RuleException">It cannot be expressed exactly.</exception>
    public static Filter Read(YamlText name, YamlNode value, ValueLists lists)
    {
        var words = name.Text.Split('|');
        var modifiers = words[1..];
        var field = words[0].Length == 0 ? null : EventSchema.Resolve(words[0]);
        if (modifiers.FirstOrDefault(modifier => !Known.Contains(modifier)) is { } unknown)
        {
            throw new RuleException(name, $"there is no modifier {unknown}{(Suggestions.Nearest(unknown, Known) is { } near ? $"; did you mean {near}?" : "")}");
        }
        var values = value is YamlList list ? list.Items : [value];
        if (modifiers.Contains("expand"))
        {
            values = [.. values.SelectMany(one => Expand(one, lists))];
            // A list may be empty for now.
            if (values.Count == 0)
            {
                return modifiers.Contains("neq") ? Filter.Everything : Filter.Nothing;
            }
        }
        if (values.Count == 0)
        {
            throw new RuleException(value, $"{name.Text} has no values");
        }
        var parts = values.Select(one => one is YamlText text ? One(name, field, modifiers, text) : throw new RuleException(one, $"a text or a number was expected under {name.Text}")).ToArray();
        var filter = parts is [var single] ? single : modifiers.Contains("all") ? new Filter.And(parts) : new Filter.Or(parts);
        // A name with blanks, as the event log shows it, is written without them by many senders.
        filter = field is not null && field.Name.Contains(' ', StringComparison.Ordinal) ? EitherName(filter, field) : filter;
        return modifiers.Contains("neq") ? new Filter.Not(filter) : filter;
    }

    // %name% stands for each value of a list, with what stands around it.
    private static IEnumerable<YamlNode> Expand(YamlNode value, ValueLists lists)
    {
        if (value is not YamlText text || text.Text.IndexOf('%', StringComparison.Ordinal) is not (>= 0 and var from) || text.Text.IndexOf('%', from + 1) is not (> 0 and var to))
        {
            return [value];
        }
        return lists.Of(text.Text[(from + 1)..to], value).SelectMany(one => Expand(text with { Text = text.Text[..from] + one + text.Text[(to + 1)..] }, lists));
    }

    private static Filter EitherName(Filter filter, Field field)
    {
        var other = new Field(field.Name.Replace(" ", "", StringComparison.Ordinal));
        Filter with = filter.WithFields(one => one.Equals(field) ? other : one);
        // Neither is there where none may be.
        return filter is Filter.Not ? new Filter.And([filter, with]) : new Filter.Or([filter, with]);
    }

    private static Filter One(YamlText name, Field? field, string[] modifiers, YamlText value)
    {
        if (modifiers.Contains("exists"))
        {
            var exists = new Filter.Term(Needed(), new Exists());
            return value.Text.ToLowerInvariant() switch { "true" => exists, "false" => new Filter.Not(exists), _ => throw new RuleException(value, "true or false was expected behind exists") };
        }
        if (modifiers.Contains("fieldref"))
        {
            return new Filter.SameAs(Needed(), EventSchema.Resolve(value.Text), Place(modifiers), modifiers.Contains("cased"));
        }
        if (value.IsNull)
        {
            return modifiers.Except(["all"]).Any() ? throw new RuleException(value, "null takes no modifiers") : new Filter.Not(new Filter.Term(Needed(), new Exists()));
        }
        var operators = Operators(name, modifiers, value, field is null).Select(op => field is null ? (Filter)new Filter.AnyField(op) : new Filter.Term(field, op)).ToArray();
        return operators is [var one] ? one : new Filter.Or(operators);

        Field Needed() => field ?? throw new RuleException(name, $"{name.Text} needs a field");
    }

    private static IEnumerable<Operator> Operators(YamlText name, string[] modifiers, YamlText value, bool isKeyword)
    {
        if (modifiers.Contains("re"))
        {
            return [Expression(modifiers, value)];
        }
        if (modifiers is ["expand"] && !isKeyword && ValueLists.IsNetwork(value.Text, out var listed))
        {
            return [new InNetwork(listed)];
        }
        if (modifiers.Contains("cidr"))
        {
            return [new InNetwork(Network.TryParse(value.Text, out var network) ? network : throw new RuleException(value, $"{value.Text} is no network, such as 10.0.0.0/8"))];
        }
        if (modifiers.FirstOrDefault(Comparisons.ContainsKey) is { } comparison)
        {
            return [Comparisons[comparison](Number(value))];
        }
        if (modifiers.FirstOrDefault(TimePart.Names.Contains) is { } part)
        {
            return [new TimePart(part, (int)Number(value))];
        }
        var ofTexts = modifiers.Where(SigmaModifiers.IsOne).ToArray();
        var pattern = SigmaPattern.Parse(value.Text);
        if (ofTexts.Any(SigmaModifiers.IsOfBytes) && pattern.HasWildcards)
        {
            throw new RuleException(value, $"wildcards mean nothing under {name.Text}; take their meaning with a backslash");
        }
        var patterns = SigmaModifiers.Apply(pattern, ofTexts).Select(made => isKeyword ? made.Contained() : made).Take(Limits.Values + 1).ToArray();
        return patterns.Length <= Limits.Values ? patterns.Select(made => PatternOperator.Of(made, modifiers.Contains("cased"))) : throw new RuleException(value, $"{name.Text} comes to more than {Limits.Values:N0} values");
    }

    private static MatchesRegex Expression(string[] modifiers, YamlText value)
    {
        var flags = string.Concat(modifiers.Where(Flags.Contains).Distinct());
        try
        {
            return new MatchesRegex((flags.Length > 0 ? $"(?{flags})" : "") + value.Text, MayBacktrack: true);
        }
        catch (QueryException error)
        {
            throw new RuleException(value, error.Message);
        }
    }

    private static double Number(YamlText value) =>
        double.TryParse(value.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : throw new RuleException(value, $"a number was expected, not {value.Text}");

    private static LiteralPlace Place(string[] modifiers) =>
        modifiers.Contains("contains") ? LiteralPlace.Anywhere : modifiers.Contains("startswith") ? LiteralPlace.Start : modifiers.Contains("endswith") ? LiteralPlace.End : LiteralPlace.Whole;
}
