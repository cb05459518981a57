using Picket.Detection.Yaml;

namespace Picket.Detection.Rules;

/// <summary>How bad a match is, as Sigma says it.</summary>
public enum RuleLevel : byte
{
    Informational,
    Low,
    Medium,
    High,
    Critical,
}

/// <summary>How levels are written.</summary>
public static class RuleLevels
{
    private static readonly Dictionary<string, RuleLevel> Names = new(StringComparer.OrdinalIgnoreCase)
    {
        ["informational"] = RuleLevel.Informational,
        ["info"] = RuleLevel.Informational,
        ["low"] = RuleLevel.Low,
        ["medium"] = RuleLevel.Medium,
        ["high"] = RuleLevel.High,
        ["critical"] = RuleLevel.Critical,
    };

    /// <summary>As Sigma writes it.</summary>
    public static string ToSigma(this RuleLevel level) => level.ToString().ToLowerInvariant();

    /// <summary>As the severity of an event is written.</summary>
    public static string ToSeverity(this RuleLevel level) => level == RuleLevel.Informational ? "info" : level.ToSigma();

    /// <summary>Of any of these spellings.</summary>
    /// <exception cref="KeyNotFoundException">It is none.</exception>
    public static RuleLevel Parse(string text) => Names[text];

    /// <summary>Medium where there is none.</summary>
    internal static RuleLevel Read(YamlNode? level) => level switch
    {
        null => RuleLevel.Medium,
        YamlText { Text: var text } when Names.TryGetValue(text, out var known) => known,
        _ => throw new RuleException(level, $"a level is one of {string.Join(", ", Enum.GetValues<RuleLevel>().Select(ToSigma))}"),
    };
}
