using Picket.Events;
using Picket.Events.Batches;

namespace Picket.Detection.Windows;

/// <summary>Up to when no further event of each tenant is waited for. Never goes back. Not thread-safe.</summary>
internal sealed class Watermarks(Lateness lateness)
{
    private readonly Dictionary<TenantId, LiveSources> tenants = [];

    /// <summary>Of each tenant; ns since 1970.</summary>
    public IReadOnlyDictionary<TenantId, long> All => tenants.ToDictionary(pair => pair.Key, pair => pair.Value.Through);

    /// <summary>Events of sources beyond those that are told apart.</summary>
    public long Shared => tenants.Values.Sum(of => of.Shared);

    /// <summary>No event of a tenant up to here is waited for; ns since 1970.</summary>
    public long Of(TenantId tenant) => tenants.TryGetValue(tenant, out var of) ? of.Through : long.MinValue;

    /// <summary>Goes on from where it was before a start.</summary>
    /// <param name="now">By the clock; ns since 1970.</param>
    public void Resume(TenantId tenant, long through, long now) => tenants[tenant] = new LiveSources(lateness, through, now);

    /// <summary>Events came.</summary>
    /// <param name="isRecorded">As in <see cref="Detector"/>.</param>
    public void Saw(EventBatch batch, bool isRecorded)
    {
        var names = new SourceNames(batch);
        var tenants = batch.Tenants;
        var times = batch.Times;
        var received = batch.Received;
        for (var row = 0; row < batch.Count;)
        {
            var tenant = tenants[row];
            var of = SourcesOf(tenant);
            for (; row < batch.Count && tenants[row] == tenant; row++)
            {
                of.Saw(names.Of(row), isRecorded ? times[row] : DetectionTime.Of(times[row], received[row]), received[row]);
            }
            of.Advance();
        }
    }

    /// <summary>None of the events that follow these happened before a time; ns since 1970.</summary>
    public void Pass(EventBatch batch, long none)
    {
        var tenants = batch.Tenants;
        for (var row = 0; row < tenants.Length; row++)
        {
            if (row == 0 || tenants[row] != tenants[row - 1])
            {
                SourcesOf(tenants[row]).Pass(none - 1);
            }
        }
    }

    /// <summary>Where nothing came of a tenant for a minute its time goes on by the clock; ns since 1970.</summary>
    public void GoOn(long now)
    {
        foreach (var of in tenants.Values)
        {
            of.GoOn(now);
        }
    }

    private LiveSources SourcesOf(uint number)
    {
        var tenant = new TenantId(number);
        if (!tenants.TryGetValue(tenant, out var of))
        {
            tenants.Add(tenant, of = new LiveSources(lateness));
        }
        return of;
    }
}
