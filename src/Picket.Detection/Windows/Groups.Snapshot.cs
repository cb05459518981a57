using Picket.Events;

namespace Picket.Detection.Windows;

// What is written down of all that is in memory, and what of it fell out.
internal sealed partial class Groups
{
    public void Save(SnapshotWriter to)
    {
        evicted.Save(to);
        to.Write7BitEncodedInt(covered.Count);
        foreach (var ((tenant, place), coverage) in covered)
        {
            to.Write(tenant.Number);
            to.Write7BitEncodedInt(place);
            coverage.Save(to);
        }
        to.Write7BitEncodedInt(groups.Count);
        foreach (var (key, group) in groups)
        {
            to.Write(group.Tenant.Number);
            to.Write7BitEncodedInt(group.Trigger.Place);
            to.WriteBytes(key);
            group.Save(to);
        }
    }

    /// <summary>Takes what was written down; where there is nothing yet.</summary>
    /// <param name="through">Up to which event of the log it is.</param>
    /// <returns>The groups that waited, and from which event on.</returns>
    public IReadOnlyList<(Group Group, long From)> Restore(SnapshotReader from, ulong through)
    {
        evicted.Restore(from);
        for (var left = from.Read7BitEncodedInt(); left > 0; left--)
        {
            var (tenant, place) = (new TenantId(from.ReadUInt32()), from.Read7BitEncodedInt());
            CoverageOf(tenant, place, from.Triggers.ReachOf(place)).Restore(from);
        }
        var waited = new List<(Group, long)>();
        for (var left = from.Read7BitEncodedInt(); left > 0; left--)
        {
            var (tenant, trigger, key) = (new TenantId(from.ReadUInt32()), from.Triggers.At(from.Read7BitEncodedInt()), from.ReadBytes());
            var group = Of(key, trigger, tenant);
            var waits = group.Restore(from, isClosedSince: book.ClosedThrough(key).Through > through);
            Added(group.Count, group.Last);
            if (waits < long.MaxValue)
            {
                waited.Add((group, waits));
            }
        }
        return waited;
    }
}
