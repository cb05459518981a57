using Picket.Events;
using Picket.Query.Aggregates;

namespace Picket.Query.Store;

/// <summary>A page of events asked for.</summary>
public sealed record SearchRequest(TenantId Tenant, TimeRange Time, Filter Filter)
{
    /// <summary>Events on the page, 1 to 1,000.</summary>
    public int Limit { get; init; } = 50;

    /// <summary>Events to pass over before the page.</summary>
    public long Offset { get; init; }

    public bool NewestFirst { get; init; } = true;

    /// <summary>Where the page before ended; null for the first.</summary>
    public PageCursor? After { get; init; }

    /// <summary>Whether the total must be exact; otherwise counting may stop at <see cref="Limits.CountedTotal"/>.</summary>
    public bool ExactTotal { get; init; }
}

/// <summary>Counts and measures asked for.</summary>
public sealed record AggregateRequest(TenantId Tenant, TimeRange Time, Filter Filter, Aggregation Aggregation);

/// <summary>All matching events asked for, after a position.</summary>
public sealed record ScanRequest(TenantId Tenant, TimeRange Time, Filter Filter, LogPosition After);
