using Picket.Detection.Alerts;
using Picket.Events;

namespace Picket.Metastore;

/// <summary>Which alerts are asked for. What is null says nothing.</summary>
/// <param name="Tenant">Whose.</param>
public sealed record AlertFilter(TenantId Tenant)
{
    /// <summary>Any of them; none for those that are not closed and those that are.</summary>
    public IReadOnlyList<AlertState> States { get; init; } = [];

    /// <summary>As severities of events are written.</summary>
    public string? Severity { get; init; }

    public string? Rule { get; init; }

    public string? Fingerprint { get; init; }

    /// <summary>Those that are part of a storm, by the alert that stands for it; else they are listed only by their fingerprints.</summary>
    public Guid? Storm { get; init; }

    /// <summary>The value of a field of the group, or of the event that raised it, without regard to case.</summary>
    public IReadOnlyList<(string Field, string Value)> Values { get; init; } = [];

    /// <summary>Last seen from here on; ns since 1970.</summary>
    public long? From { get; init; }

    /// <summary>Last seen before this; ns since 1970.</summary>
    public long? To { get; init; }

    /// <summary>Only older ones.</summary>
    public Guid? Before { get; init; }

    public int Limit { get; init; } = 50;
}
