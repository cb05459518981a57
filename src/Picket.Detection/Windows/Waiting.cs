using System.Runtime.InteropServices;
using Picket.Events;

namespace Picket.Detection.Windows;

/// <summary>
/// Events at which a window that may cease to hold by a further event is looked at when no further one is waited for: when the tenant's last event is later by
/// <see cref="Groups.Lateness"/>, or nothing has come for a while. Not thread-safe.
/// </summary>
internal sealed class Waiting
{
    /// <summary>After so long without an event of a tenant its time goes on by the clock; ns.</summary>
    public const long Idle = 60 * Instant.PerSecond;

    private readonly Dictionary<TenantId, PriorityQueue<Group, long>> queues = [];
    private readonly Dictionary<TenantId, long> through = [];

    /// <summary>Whether there is one.</summary>
    public bool Any => queues.Any(pair => pair.Value.Count > 0);

    /// <summary>No event of a tenant up to here is waited for; ns since 1970.</summary>
    public long Through(TenantId tenant) => through.GetValueOrDefault(tenant, long.MinValue);

    /// <summary>An event of a tenant happened.</summary>
    public void Saw(TenantId tenant, long time)
    {
        ref var to = ref CollectionsMarshal.GetValueRefOrAddDefault(through, tenant, out var isThere);
        to = isThere ? Math.Max(to, time - Groups.Lateness) : time - Groups.Lateness;
    }

    /// <summary>Has a group looked at for its events from a time on. It waits once, for the first of them.</summary>
    public void Add(Group group, long time)
    {
        if (group.WaitsFrom <= time)
        {
            return;
        }
        if (!queues.TryGetValue(group.Tenant, out var queue))
        {
            queues.Add(group.Tenant, queue = new PriorityQueue<Group, long>());
        }
        group.WaitsFrom = time;
        queue.Enqueue(group, time);
    }

    /// <summary>The next that is due, and for which stretch of time.</summary>
    /// <param name="now">By the clock, ns since 1970; null for none.</param>
    /// <param name="all">Whether nothing is waited for any more.</param>
    public bool TryTake(long? now, bool all, out Group group, out long from, out long until)
    {
        foreach (var (tenant, queue) in queues)
        {
            until = all ? long.MaxValue : Math.Max(Through(tenant), now - Groups.Lateness - Idle ?? long.MinValue);
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
