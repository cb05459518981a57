using Picket.Detection.Rules;
using Picket.Detection.Yaml;

namespace Picket.Detection.Sigma;

/// <summary>A file of Sigma rules (specification 2.1): each document a rule or a filter.</summary>
internal sealed class SigmaFile
{
    public List<Rule> Rules { get; } = [];

    public List<SigmaFilter> Filters { get; } = [];

    public List<RuleFinding> Refused { get; } = [];

    public List<RuleFinding> Warnings { get; } = [];

    /// <summary>What is in a file; what cannot be taken is refused, and the rest of the file stands.</summary>
    /// <param name="text">YAML.</param>
    /// <param name="file">Its path, for messages.</param>
    public static SigmaFile Read(string text, string file)
    {
        var all = new SigmaFile();
        try
        {
            foreach (var document in YamlReader.Read(text))
            {
                all.TryAdd(document, file);
            }
        }
        catch (RuleException error)
        {
            all.Refuse(error, file);
        }
        return all;
    }

    private void TryAdd(YamlNode document, string file)
    {
        try
        {
            Add(document, file);
        }
        catch (RuleException error)
        {
            Refuse(error, file);
        }
    }

    private void Refuse(RuleException error, string file) => Refused.Add(new RuleFinding(file, error.Line, error.Column, error.Message));

    private void Add(YamlNode document, string file)
    {
        var map = document as YamlMap ?? throw new RuleException(document, "a rule was expected: a map with title, logsource and detection");
        if (map["correlation"] is { } correlation)
        {
            throw new RuleException(correlation, "correlations are not run yet");
        }
        if (map["filter"] is YamlMap filter)
        {
            Filters.Add(SigmaFilter.Read(filter, Source(map), (at, what) => Warnings.Add(new RuleFinding(file, at.Line, at.Column, what))));
            return;
        }
        var detection = map["detection"] as YamlMap ?? throw new RuleException(map, "the rule has no detection");
        Rules.Add(new Rule(
            Text(map, "id") ?? Path.GetFileNameWithoutExtension(file),
            Text(map, "title") ?? throw new RuleException(map, "the rule has no title"),
            Level(map["level"]),
            Source(map),
            SigmaDetection.Read(detection))
        {
            Name = Text(map, "name"),
            Tags = map["tags"] is YamlList tags ? [.. tags.Items.OfType<YamlText>().Select(tag => tag.Text)] : [],
        });
    }

    private static LogSource Source(YamlMap map)
    {
        var source = map["logsource"] as YamlMap ?? throw new RuleException(map, "the rule has no logsource");
        return new LogSource(Text(source, "product")?.ToLowerInvariant(), Text(source, "service")?.ToLowerInvariant(), Text(source, "category")?.ToLowerInvariant());
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
