using Picket.Detection.Alerts;
using Picket.Detection.Rules;
using Picket.Events;

namespace Picket.Metastore;

/// <summary>What a person sees of a rule that holds for an entity: one at a time for each fingerprint. Times are ns since 1970.</summary>
/// <param name="Id">Names it.</param>
/// <param name="Tenant">Whose.</param>
/// <param name="Fingerprint">The rule's id and the entity.</param>
/// <param name="Rule">The rule's id.</param>
/// <param name="RuleVersion">The version that raised it.</param>
/// <param name="Title">The rule's, when it was raised. So are the description, level and tags.</param>
/// <param name="Level">How bad it is.</param>
/// <param name="State">How far people are with it.</param>
/// <param name="Count">Distinct events behind it.</param>
/// <param name="FirstSeen">When the first of them happened.</param>
/// <param name="LastSeen">When the last of them happened.</param>
public sealed record Alert(
    Guid Id, TenantId Tenant, string Fingerprint, string Rule, int RuleVersion, string Title, RuleLevel Level, AlertState State, long Count, long FirstSeen, long LastSeen)
{
    public string? Description { get; init; }

    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>The values that tell its group from others of the rule.</summary>
    public IReadOnlyDictionary<string, string> Group { get; init; } = new Dictionary<string, string>();

    /// <summary>Values of the event that raised it.</summary>
    public IReadOnlyDictionary<string, string> Values { get; init; } = new Dictionary<string, string>();

    /// <summary>When the rule held last.</summary>
    public long HeldAt { get; init; }

    /// <summary>How long the rule's window is; null where each event makes it hold.</summary>
    public long? Span { get; init; }

    /// <summary>Of one that is part of a storm: the alert that stands for all of it.</summary>
    public Guid? Storm { get; init; }

    /// <summary>Of one that stands for a storm: how many alerts are part of it.</summary>
    public long Folded { get; init; }

    /// <summary>The fingerprint of what stands for a storm of a rule.</summary>
    public static string StormOf(string rule) => rule + ":*";

    public long CreatedAt { get; init; }

    public long UpdatedAt { get; init; }

    public long? AcknowledgedAt { get; init; }

    /// <summary>The name of the key.</summary>
    public string? AcknowledgedBy { get; init; }

    public long? ClosedAt { get; init; }

    public string? ClosedBy { get; init; }

    public string? CloseReason { get; init; }

    public string? CloseNote { get; init; }

    /// <summary>Until when further events are counted and raise nothing.</summary>
    public long? SnoozeUntil { get; init; }
}

/// <summary>An event behind an alert.</summary>
/// <param name="Seq">Its number in the log.</param>
/// <param name="Time">When it happened; ns since 1970.</param>
/// <param name="ReceivedAt">When it was received; ns since 1970.</param>
/// <param name="Event">All it said, as JSON; of the first few.</param>
public sealed record AlertEvent(ulong Seq, long Time, long ReceivedAt, string? Event);
