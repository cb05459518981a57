using Picket.Detection.Windows;
using Picket.Events.Batches;
using Picket.Events.Schema;

namespace Picket.Detection.Alerts;

/// <summary>
/// Gathers what events change of alerts until it is written down in one transaction with how far the log was read, and knows what of the alerts that stand the windows must know.
/// Decides, does not persist. Not thread-safe.
/// </summary>
public sealed class AlertBook
{
    // What an alert tells of the event that raised it besides its group.
    private static readonly Field[] Told = [.. ((string[])["host", "user_id", "src_ip", "dst_ip", "country", "source", "app"]).Select(EventSchema.Resolve)];

    private readonly Dictionary<byte[], AlertChange> changes = new(ByBytes.Instance);
    private readonly Dictionary<byte[], AlertChange> changesOfClosed = new(ByBytes.Instance);
    private readonly Dictionary<byte[], (long From, long Held)> active = new(ByBytes.Instance);
    private readonly Dictionary<byte[], (ulong Through, long From)> closed = new(ByBytes.Instance);

    /// <summary>What is not written down yet.</summary>
    public IReadOnlyCollection<AlertChange> Changes => [.. changes.Values, .. changesOfClosed.Values];

    /// <summary>Whether there is nothing to write down.</summary>
    public bool IsEmpty => changes.Count == 0 && changesOfClosed.Count == 0;

    /// <summary>Takes what stands when the program starts.</summary>
    public void Load(IEnumerable<StandingAlert> standing)
    {
        foreach (var alert in standing)
        {
            var key = Fingerprint.KeyOf(alert.Tenant, alert.Fingerprint);
            if (alert.ClosedThrough is { } through)
            {
                closed[key] = (through, alert.From);
            }
            else
            {
                active[key] = (alert.From, alert.Held);
            }
        }
    }

    /// <summary>The changes were written down.</summary>
    /// <param name="through">The last event that was looked at.</param>
    public void Written(ulong through)
    {
        changes.Clear();
        changesOfClosed.Clear();
        if (closed.Count > 0)
        {
            foreach (var (key, _) in closed.Where(pair => pair.Value.Through <= through).ToArray())
            {
                closed.Remove(key);
            }
        }
    }

    /// <summary>An alert was closed: the events up to this one are its own, and what comes after begins anew.</summary>
    internal void Closed(byte[] key, ulong through, long from)
    {
        active.Remove(key);
        closed[key] = (through, from);
    }

    /// <summary>The last event that belongs to an alert that was closed before it was looked at; 0 where there is none.</summary>
    internal (ulong Through, long From) ClosedThrough(ReadOnlySpan<byte> key) =>
        closed.Count > 0 && closed.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(key, out var found) ? found : default;

    /// <summary>Where an alert of a window stands.</summary>
    internal bool TryActive(ReadOnlySpan<byte> key, out (long From, long Held) standing) => active.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(key, out standing);

    internal void Stand(ReadOnlySpan<byte> key, long from, long held) => active.GetAlternateLookup<ReadOnlySpan<byte>>()[key] = (from, held);

    /// <summary>The change of an alert, to be added to.</summary>
    internal AlertChange Change(ReadOnlySpan<byte> key, Trigger trigger, EventRow row, int input, bool isOfClosed)
    {
        var of = (isOfClosed ? changesOfClosed : changes).GetAlternateLookup<ReadOnlySpan<byte>>();
        if (!of.TryGetValue(key, out var change))
        {
            var (group, values) = (new List<(string, string)>(), new Dictionary<string, string>());
            foreach (var field in trigger.GroupBy[input])
            {
                group.Add((trigger.GroupNames[group.Count], Shown(row, field) ?? ""));
            }
            foreach (var field in Told)
            {
                if (Shown(row, field) is { } shown)
                {
                    values.Add(field.Name, shown);
                }
            }
            of[key] = change = new AlertChange(row.Tenant, trigger.Rule, Fingerprint.TextOf(key)) { IsOfClosed = isOfClosed, Group = group, Values = values };
        }
        return change;
    }

    private static string? Shown(EventRow row, Field field) => Fingerprint.TryValue(row, field, out var value) ? value.ToString() : null;
}
