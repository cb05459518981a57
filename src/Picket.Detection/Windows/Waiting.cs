using System.Runtime.InteropServices;
using Picket.Events;

namespace Picket.Detection.Windows;

/// <summary>
/// Events at which a window that may cease to hold by a further event is looked at when no further one is waited for: when the tenant's last event is later by
/// as much as is waited for, or nothing has come for a while. Not thread-safe.
/// </summary>
/// <param name="lateness">How late an event may come; ns.</param>
internal sealed class Waiting(long lateness)
{
    /// <summary>After so long without an event of a tenant its time goes on by the clock; ns.</summary>
    public const long Idle = 60 * Instant.PerSecond;

    // One for each level of triggers: those of a level are looked at when all below are.
    private readonly Dictionary<TenantId, List<PriorityQueue<Group, long>>> queues = [];
    private readonly Dictionary<TenantId, long> through = [];
    private readonly Dictionary<TenantId, long> arrived = [];

    /// <summary>Whether there is one.</summary>
    public bool Any => queues.Any(pair => pair.Value.Exists(queue => queue.Count > 0));

    /// <summary>Up to when no event of each tenant is waited for; ns since 1970.</summary>
    public IReadOnlyDictionary<TenantId, long> Settled => through;

    /// <summary>No event of a tenant up to here is waited for; ns since 1970.</summary>
    public long Through(TenantId tenant) => through.GetValueOrDefault(tenant, long.MinValue);

    /// <summary>An event of a tenant happened, and came.</summary>
    public void Saw(TenantId tenant, long time, long receivedAt)
    {
        ref var last = ref CollectionsMarshal.GetValueRefOrAddDefault(arrived, tenant, out _);
        last = Math.Max(last, receivedAt);
        ref var to = ref CollectionsMarshal.GetValueRefOrAddDefault(through, tenant, out var isThere);
        to = isThere ? Math.Max(to, time - lateness) : time - lateness;
    }

    /// <summary>Has a group looked at for its events from a time on. It waits once, for the first of them.</summary>
    public void Add(Group group, long time)
    {
        if (group.WaitsFrom <= time)
        {
            return;
        }
        if (!queues.TryGetValue(group.Tenant, out var levels))
        {
            queues.Add(group.Tenant, levels = []);
        }
        while (levels.Count <= group.Trigger.Level)
        {
            levels.Add(new PriorityQueue<Group, long>());
        }
        group.WaitsFrom = time;
        levels[group.Trigger.Level].Enqueue(group, time);
    }

    /// <summary>The next that is due, and for which stretch of time.</summary>
    /// <param name="now">By the clock, ns since 1970; null for none.</param>
    /// <param name="all">Whether nothing is waited for any more.</param>
    public bool TryTake(long? now, bool all, out Group group, out long from, out long until)
    {
        foreach (var (tenant, queue) in queues.SelectMany(pair => pair.Value.Select(queue => (pair.Key, queue))))
        {
            // As far as was looked at, no event is waited for any more.
            if (now is { } clock && queue.Count > 0 && clock - arrived.GetValueOrDefault(tenant) >= Idle)
            {
                through[tenant] = Math.Max(Through(tenant), clock - lateness);
            }
            until = all ? long.MaxValue : Through(tenant);
            while (queue.TryPeek(out group!, out from) && from <= until)
            {
                queue.Dequeue();
                // One that waits for an earlier event now, or fell out of memory, is not looked at for this.
                if (group.WaitsFrom == from)
                {
                    group.WaitsFrom = long.MaxValue;
                    return true;
                }
            }
        }
        (group, from, until) = (null!, 0, 0);
        return false;
    }
}
