using Picket.Events;

namespace Picket.Storage;

/// <summary>For how many days events are kept, counted from when they happened or were received, whichever is later. Immutable.</summary>
/// <param name="Days">For tenants that have no days of their own; 0 for ever.</param>
/// <param name="ByTenant">Days of some tenants; 0 for ever.</param>
public sealed record Retention(int Days, IReadOnlyDictionary<TenantId, int> ByTenant)
{
    // Rows that go together into a file expire together; a few classes keep the files few.
    private static readonly int[] Classes = [1, 3, 7, 14, 30, 60, 90, 180, 365, 730];

    public static readonly Retention Forever = new(0, new Dictionary<TenantId, int>());

    private readonly int least = ByTenant.Values.Append(Days).Where(days => days > 0).DefaultIfEmpty().Min();

    public int DaysOf(TenantId tenant) => ByTenant.TryGetValue(tenant, out var own) ? own : Days;

    /// <summary>Events kept since before this instant are not shown; 0 when all are.</summary>
    public long CutOff(TenantId tenant, long now) => CutOff(DaysOf(tenant), now);

    /// <summary>Before this instant no tenant's events are gone yet; 0 when none ever go.</summary>
    public long LatestCutOff(long now) => CutOff(least, now);

    /// <summary>The day on which a file with this event may go; −1 for never.</summary>
    internal int ExpiryDay(TenantId tenant, long kept)
    {
        var days = DaysOf(tenant);
        if (days == 0)
        {
            return Segments.SegmentKind.Never;
        }
        var rounded = Array.Find(Classes, one => one >= days);
        return (int)(kept / Instant.PerDay) + (rounded > 0 ? rounded : days) + 1;
    }

    private static long CutOff(int days, long now) => days == 0 ? 0 : Math.Max(0, now - (days * Instant.PerDay));
}
