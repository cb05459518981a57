using Picket.Events;

namespace Picket.Detection.Windows;

/// <summary>Events at which a window that may cease to hold by a further event is looked at when no further one is waited for. Not thread-safe.</summary>
/// <param name="watermarks">Up to when none is.</param>
internal sealed class Waiting(Watermarks watermarks)
{
    // One for each level of triggers: those of a level are looked at when all below are.
    private readonly Dictionary<TenantId, List<PriorityQueue<Group, long>>> queues = [];

    /// <summary>Whether there is one.</summary>
    public bool Any => queues.Any(pair => pair.Value.Exists(queue => queue.Count > 0));

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
    /// <param name="all">Whether nothing is waited for any more.</param>
    public bool TryTake(bool all, out Group group, out long from, out long until)
    {
        foreach (var (tenant, queue) in queues.SelectMany(pair => pair.Value.Select(queue => (pair.Key, queue))))
        {
            until = all ? long.MaxValue : watermarks.Of(tenant);
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
