namespace Picket.Detection;

/// <summary>The room's bounds. What is past one is refused with its place and the bound.</summary>
internal static class Limits
{
    /// <summary>Characters of a file of rules.</summary>
    public const int FileCharacters = 4 * 1024 * 1024;

    /// <summary>Rules taken together: so many take about 350 MB and ten seconds to load.</summary>
    public const int Rules = 100_000;

    /// <summary>Texts, lists and maps in one file: what a small file could be made to stand for, were aliases followed.</summary>
    public const int YamlNodes = 200_000;

    /// <summary>Lists and maps within each other.</summary>
    public const int YamlDepth = 64;

    /// <summary>Characters of a condition.</summary>
    public const int ConditionCharacters = 65_536;

    /// <summary>Parentheses and negations within each other in a condition.</summary>
    public const int ConditionDepth = 200;

    /// <summary>Values that one field of a rule may come to after its modifiers.</summary>
    public const int Values = 100_000;

    /// <summary>What a rule may take for one event. Most take less than a microsecond; an expression that backtracks gives up after twice this.</summary>
    public static readonly TimeSpan RuleTime = TimeSpan.FromMilliseconds(50);

    /// <summary>A rule that fails, or takes longer than <see cref="RuleTime"/>, for so many of <see cref="RuleFaultsWithin"/> events is set aside: not run any more, and said so.</summary>
    public const int RuleFaults = 3;

    /// <summary>A machine that stands still for a moment must not set rules aside: what happened longer ago than so many events that a rule was looked at for is forgotten.</summary>
    public const int RuleFaultsWithin = 1_000;
}
