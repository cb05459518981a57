using Picket.Events;
using Picket.Events.Batches;
using Picket.Query.Aggregates;
using Picket.Query.Sorting;

namespace Picket.Query.Store;

/// <summary>A page of events asked for.</summary>
public sealed record SearchRequest(TenantId Tenant, TimeRange Time, Filter Filter)
{
    /// <summary>Events on the page, 1 to 1,000; of a sorted one to <see cref="Limits.TableRows"/>. A page of very large events may have fewer though there are more.</summary>
    public int Limit { get; init; } = 50;

    /// <summary>Events to pass over before the page.</summary>
    public long Offset { get; init; }

    public bool NewestFirst { get; init; } = true;

    /// <summary>Another order than by time, in which equal ones are still by time. It has no cursor: the next page is one of a greater offset.</summary>
    public SortOrder? Order { get; init; }

    /// <summary>Where the page before ended; null for the first.</summary>
    public PageCursor? After { get; init; }

    /// <summary>How far to count matching events past a full page: <see cref="long.MaxValue"/> for an exact total, 0 for none.</summary>
    public long CountTo { get; init; } = Limits.CountedTotal;

    /// <summary>Told what it took.</summary>
    public ScanCounts Counts { get; init; } = new();
}

/// <summary>Counts and measures asked for.</summary>
public sealed record AggregateRequest(TenantId Tenant, TimeRange Time, Filter Filter, Aggregation Aggregation)
{
    /// <summary>Told what it took.</summary>
    public ScanCounts Counts { get; init; } = new();
}

/// <summary>All matching events asked for, in no order that counts.</summary>
public sealed record SweepRequest(TenantId Tenant, TimeRange Time, Filter Filter)
{
    /// <summary>Only those numbered before this.</summary>
    public ulong Before { get; init; } = ulong.MaxValue;
}

/// <summary>Some of them.</summary>
/// <param name="Batch">Disposed by the caller.</param>
/// <param name="NoneBefore">None of those that follow says it happened before this; ns since 1970.</param>
public readonly record struct SweptEvents(EventBatch Batch, long NoneBefore);

/// <summary>All matching events asked for, after a position.</summary>
public sealed record ScanRequest(TenantId Tenant, TimeRange Time, Filter Filter, LogPosition After);
