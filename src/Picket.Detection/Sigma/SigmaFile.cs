using Picket.Detection.Rules;
using Picket.Detection.Yaml;

namespace Picket.Detection.Sigma;

/// <summary>A file of Sigma rules (specification 2.1): one document a rule.</summary>
public static class SigmaFile
{
    /// <param name="text">YAML.</param>
    /// <param name="file">Its path, for messages.</param>
    /// <param name="rules">Rules are added here.</param>
    /// <param name="refused">What cannot be taken is added here; the other rules of the file stand.</param>
    public static void Read(string text, string file, ICollection<Rule> rules, ICollection<RefusedRule> refused)
    {
        try
        {
            foreach (var document in YamlReader.Read(text))
            {
                try
                {
                    rules.Add(Rule(document, file));
                }
                catch (RuleException error)
                {
                    refused.Add(new RefusedRule(file, error.Line, error.Column, error.Message));
                }
            }
        }
        catch (RuleException error)
        {
            refused.Add(new RefusedRule(file, error.Line, error.Column, error.Message));
        }
    }

    private static Rule Rule(YamlNode document, string file)
    {
        var map = document as YamlMap ?? throw new RuleException(document, "a rule was expected: a map with title, logsource and detection");
        if (map["correlation"] is { } correlation)
        {
            throw new RuleException(correlation, "correlations are not run yet");
        }
        if (map["filter"] is { } filter)
        {
            throw new RuleException(filter, "filters are not applied yet");
        }
        var detection = map["detection"] as YamlMap ?? throw new RuleException(map, "the rule has no detection");
        var source = map["logsource"] as YamlMap ?? throw new RuleException(map, "the rule has no logsource");
        return new Rule(
            Text(map, "id") ?? Path.GetFileNameWithoutExtension(file),
            Text(map, "title") ?? throw new RuleException(map, "the rule has no title"),
            Level(map["level"]),
            new LogSource(Text(source, "product")?.ToLowerInvariant(), Text(source, "service")?.ToLowerInvariant(), Text(source, "category")?.ToLowerInvariant()),
            SigmaDetection.Read(detection))
        {
            Tags = map["tags"] is YamlList tags ? [.. tags.Items.OfType<YamlText>().Select(tag => tag.Text)] : [],
        };
    }

    private static RuleLevel Level(YamlNode? level) => level switch
    {
        null => RuleLevel.Medium,
        YamlText { Text: var text } when Enum.TryParse<RuleLevel>(text, ignoreCase: true, out var known) && !char.IsAsciiDigit(text[0]) => known,
        _ => throw new RuleException(level, $"a level is one of {string.Join(", ", Enum.GetNames<RuleLevel>().Select(name => name.ToLowerInvariant()))}"),
    };

    private static string? Text(YamlMap map, string name) => map[name] switch
    {
        null or YamlText { IsNull: true } => null,
        YamlText text => text.Text,
        var other => throw new RuleException(other, $"{name} must be a text"),
    };
}
