namespace Picket.Detection.Rules;

/// <summary>What becomes of the alerts of a rule.</summary>
public sealed record AlertPolicy
{
    public static readonly AlertPolicy Default = new();

    /// <summary>How long after it held last a rule counts as holding no more, ns; null for as long as its window is, and never where it has none.</summary>
    public long? ResolveAfter { get; init; }

    /// <summary>What makes the rule hold so soon after an alert was closed opens it again, instead of raising another; ns, 0 for never.</summary>
    public long ReopenWithin { get; init; }

    /// <summary>Whether an alert closes by itself when its rule holds no more.</summary>
    public bool AutoClose { get; init; }

    /// <summary>Whether more than a hundred new alerts in an hour become one that stands for them.</summary>
    public bool FoldsStorms { get; init; } = true;
}
