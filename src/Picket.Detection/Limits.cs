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

    /// <summary>Events of all groups that windows have in memory. Past it those are forgotten that no window needs for events which come in time, then those of groups
    /// that need most further ones to hold: they are read back from the store when they may.</summary>
    public const int WindowEvents = 500_000;

    /// <summary>Groups in memory; past it as with <see cref="WindowEvents"/>.</summary>
    public const int Groups = 100_000;

    /// <summary>Within so many events of all groups nothing is forgotten, for events that come late find it; past it what no window needs for events which come in time.</summary>
    public const int WindowEventsKept = 150_000;

    /// <summary>The same of groups.</summary>
    public const int GroupsKept = 30_000;

    /// <summary>Values that rules which look for new ones know to have been seen, of all of them together. Past it those seen longest ago are forgotten, and asked of the store again.</summary>
    public const int KnownValues = 200_000;

    /// <summary>Groups that rules wait for, of all of them together. Further ones are not waited for, which is counted.</summary>
    public const int Watched = 50_000;

    /// <summary>Sources of a tenant that are sending and whose lateness is told apart. Events of further ones count as those of one source, which is counted.</summary>
    public const int Sources = 10_000;

    /// <summary>Distinct values that a scheduled rule counts at one moment, of all its groups together. Events with further ones do not count, which is told.</summary>
    public const int ScheduledDistinct = 1_000_000;

    /// <summary>In the windows of how many moments of a scheduled rule an event may be.</summary>
    public const int ScheduledOverlap = 1_500;

    /// <summary>Tenants and rules of which is known which stored events are in memory. Past it nothing is known of any, and they are read back anew with their next event.</summary>
    public const int Coverages = 200_000;

    /// <summary>Groups of a rule that are read back from the store at once.</summary>
    public const int GroupsReadBack = 256;

    /// <summary>Groups of which it is known what fell out of memory. Of four times as many more only that something did; past those, of every group something may have.</summary>
    public const int EvictedGroups = 500_000;

    /// <summary>
    /// Events of one group in memory: the last ones, more than any threshold. Thresholds stay exact; of distinct values and sums those of so many events count, which is told.
    /// </summary>
    public const int GroupEvents = 50_000;
}
