using Picket.Detection.Windows;
using Picket.Events;
using Picket.Events.Batches;

namespace Picket.Detection.Alerts;

/// <summary>
/// Gathers what events change of alerts until it is written down in one transaction with how far the log was read, and knows what of the alerts that stand the windows must know.
/// Decides, does not persist. Not thread-safe.
/// </summary>
public sealed class AlertBook
{
    // Of so many alerts it is remembered that they were closed, though all their events have been looked at.
    private const int MostClosed = 10_000;

    private readonly Dictionary<byte[], AlertChange> changes = new(ByBytes.Instance);
    private readonly Dictionary<byte[], AlertChange> changesOfClosed = new(ByBytes.Instance);
    private readonly Dictionary<byte[], (long From, long Held)> active = new(ByBytes.Instance);
    private readonly Dictionary<byte[], (ulong Through, long From)> closed = new(ByBytes.Instance);

    /// <summary>What is not written down yet.</summary>
    public IReadOnlyCollection<AlertChange> Changes => [.. changes.Values, .. changesOfClosed.Values];

    /// <summary>How many alerts change.</summary>
    public int Count => changes.Count + changesOfClosed.Count;

    /// <summary>Events kept by their ids for one alert.</summary>
    public int MostEvidence { get; init; } = AlertChange.MostEvidence;

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
        // What waits for further events finds those of a closed alert long after.
        if (closed.Count > MostClosed)
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
    internal AlertChange Change(ReadOnlySpan<byte> key, in TriggerInput to, EventRow row, bool isOfClosed)
    {
        var of = (isOfClosed ? changesOfClosed : changes).GetAlternateLookup<ReadOnlySpan<byte>>();
        if (!of.TryGetValue(key, out var change))
        {
            of[key] = change = New(row.Tenant, to.Trigger, key, AlertSubject.Of(to, row), isOfClosed);
        }
        return change;
    }

    /// <summary>The change of a group's alert.</summary>
    internal AlertChange Change(Group group) => Change(group.Key, group.Tenant, group.Trigger, group.Subject!);

    internal AlertChange Change(byte[] key, TenantId tenant, Trigger trigger, AlertSubject subject, bool isOfClosed = false)
    {
        var of = isOfClosed ? changesOfClosed : changes;
        if (!of.TryGetValue(key, out var change))
        {
            of[key] = change = New(tenant, trigger, key, subject, isOfClosed);
        }
        return change;
    }

    private AlertChange New(TenantId tenant, Trigger trigger, ReadOnlySpan<byte> key, AlertSubject subject, bool isOfClosed) =>
        new(tenant, trigger.Rule, Fingerprint.TextOf(key)) { IsOfClosed = isOfClosed, Group = subject.Group, Values = subject.Values, Most = MostEvidence };
}
