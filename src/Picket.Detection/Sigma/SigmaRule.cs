using Picket.Detection.Rules;
using Picket.Detection.Yaml;

namespace Picket.Detection.Sigma;

/// <summary>Reads a Sigma rule: its <c>detection</c>, and what says who it is and which events it is for.</summary>
internal static class SigmaRule
{
    /// <param name="map">The document.</param>
    /// <param name="name">Its id where it has none.</param>
    /// <exception cref="RuleException">It is wrong, or cannot be expressed exactly.</exception>
    public static Rule Read(YamlMap map, string name, ValueLists lists)
    {
        var detection = map["detection"] as YamlMap ?? throw new RuleException(map, "the rule has no detection");
        return new Rule(map.Text("id") ?? name, map.Text("title") ?? throw new RuleException(map, "the rule has no title"), RuleLevels.Read(map["level"]), Source(map), SigmaDetection.Read(detection, lists))
        {
            Name = map.Text("name"),
            Description = map.Text("description"),
            Tags = map.Texts("tags"),
            IsSigma = true,
        };
    }

    public static LogSource Source(YamlMap map)
    {
        var source = map["logsource"] as YamlMap ?? throw new RuleException(map, "the rule has no logsource");
        return new LogSource(source.Text("product")?.ToLowerInvariant(), source.Text("service")?.ToLowerInvariant(), source.Text("category")?.ToLowerInvariant());
    }
}
