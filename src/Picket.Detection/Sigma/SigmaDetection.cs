using Picket.Detection.Rules;
using Picket.Detection.Yaml;
using Picket.Query;

namespace Picket.Detection.Sigma;

/// <summary>A rule's <c>detection</c>: parts by name, and one or several conditions over them, of which any must hold.</summary>
internal static class SigmaDetection
{
    /// <exception cref="RuleException">It is wrong, or cannot be expressed exactly.</exception>
    public static Filter Read(YamlMap detection, ValueLists lists)
    {
        var parts = new Dictionary<string, Filter>(StringComparer.Ordinal);
        foreach (var (name, value) in detection.Members)
        {
            if (name.Text is not ("condition" or "timeframe"))
            {
                parts.Add(name.Text, Part(name, value, lists));
            }
        }
        var condition = detection["condition"] ?? throw new RuleException(detection, "the detection has no condition");
        var texts = condition is YamlList list ? list.Items : [condition];
        var names = parts.Keys.ToArray();
        var filters = texts.Select(text => text is YamlText typed ? Of(SigmaCondition.Parse(typed.Text, names, typed), parts) : throw new RuleException(text, "a condition was expected")).ToArray();
        return filters.Length > 0 ? Any(filters) : throw new RuleException(condition, "the detection has no condition");
    }

    private static Filter Of(SigmaCondition condition, Dictionary<string, Filter> parts) => condition switch
    {
        SigmaCondition.And and => new Filter.And([.. and.Parts.Select(part => Of(part, parts))]),
        SigmaCondition.Or or => new Filter.Or([.. or.Parts.Select(part => Of(part, parts))]),
        SigmaCondition.Not not => new Filter.Not(Of(not.Inner, parts)),
        SigmaCondition.Named named => parts[named.Name],
        _ => throw new ArgumentException("A condition of an unknown kind.", nameof(condition)),
    };

    // A map is all of its lines; a list any of its maps, or of its keywords; a text a keyword.
    private static Filter Part(YamlText name, YamlNode value, ValueLists lists) => value switch
    {
        YamlMap map => All(map, lists),
        YamlList { Items.Count: 0 } => throw new RuleException(value, $"{name.Text} is empty"),
        YamlList list => Any([.. list.Items.Select(item => Part(name, item, lists))]),
        YamlText text => SigmaTerm.Read(new YamlText("", false, text.Line, text.Column), text, lists),
        _ => throw new RuleException(value, $"{name.Text} is no detection"),
    };

    private static Filter Any(Filter[] parts) => parts is [var one] ? one : new Filter.Or(parts);

    private static Filter All(YamlMap map, ValueLists lists)
    {
        if (map.Members.Count == 0)
        {
            throw new RuleException(map, "there is nothing to look for");
        }
        var parts = map.Members.Select(member => SigmaTerm.Read(member.Name, member.Value, lists)).ToArray();
        return parts is [var one] ? one : new Filter.And(parts);
    }
}
