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

    /// <summary>Lets go of groups that do not wait any more; for when many fell out of memory.</summary>
    public void Trim()
    {
        foreach (var queue in queues.Values.SelectMany(levels => levels))
        {
            var waiting = queue.UnorderedItems.Where(item => item.Element.WaitsFrom == item.Priority).ToArray();
            queue.Clear();
            queue.EnqueueRange(waiting);
        }
    }

    /// <summary>The next that are due, of one tenant and level.</summary>
    /// <param name="all">Whether nothing is waited for any more.</param>
    /// <param name="due">Becomes which, and for which stretch of time; empty for none.</param>
    public void Take(bool all, List<(Group Group, long From, long Until)> due)
    {
        due.Clear();
        foreach (var (tenant, queue) in queues.SelectMany(pair => pair.Value.Select(queue => (pair.Key, queue))))
        {
            var until = all ? long.MaxValue : watermarks.Of(tenant);
            while (due.Count < Limits.GroupsReadBack && queue.TryPeek(out var group, out var from) && from <= until)
            {
                queue.Dequeue();
                // One that waits for an earlier event now, or fell out of memory, is not looked at for this.
                if (group.WaitsFrom == from)
                {
                    group.WaitsFrom = long.MaxValue;
                    due.Add((group, from, until));
                }
            }
            if (due.Count > 0)
            {
                return;
            }
        }
    }
}
