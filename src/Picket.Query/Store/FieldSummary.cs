using Picket.Events;
using Picket.Events.Batches;
using Picket.Events.Schema;

namespace Picket.Query.Store;

/// <summary>Which fields there are, asked for.</summary>
public sealed record FieldsRequest(TenantId Tenant, TimeRange Time, Filter Filter)
{
    /// <summary>Told what it took.</summary>
    public ScanCounts Counts { get; init; } = new();
}

/// <param name="Field">A field that events have.</param>
/// <param name="Events">How many have it.</param>
/// <param name="Kinds">What its values are.</param>
public sealed record FieldSummary(Field Field, long Events, IReadOnlyList<ValueKind> Kinds);
