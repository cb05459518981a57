using Picket.Events;
using Picket.Query;
using Picket.Query.Aggregates;

namespace Picket.Storage.Scan;

/// <summary>An aggregate over certain segments, none of whose events has expired.</summary>
/// <param name="Filter">The filter's number.</param>
/// <param name="Segments">Their numbers.</param>
internal sealed record AskedTable(TenantId Tenant, TimeRange Time, long Filter, Aggregation Aggregation, long[] Segments)
{
    public bool Equals(AskedTable? other) => other is not null
        && (Tenant, Time, Filter) == (other.Tenant, other.Time, other.Filter) && Aggregation == other.Aggregation && Segments.AsSpan().SequenceEqual(other.Segments);

    public override int GetHashCode() => HashCode.Combine(Tenant, Time, Filter, Aggregation, Segments.Length, Segments.FirstOrDefault(), Segments.LastOrDefault());
}
