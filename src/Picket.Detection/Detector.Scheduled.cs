using Picket.Detection.Windows;
using Picket.Events;
using Picket.Events.Batches;

namespace Picket.Detection;

// Rules that are looked at now and then. Over what is stored a ScheduledQuery does; where nothing is read back their events are kept here.
public sealed partial class Detector
{
    private readonly Dictionary<(TenantId, Trigger), ScheduledWindow> scheduled = [];

    /// <summary>Events of scheduled rules that there was no room to keep.</summary>
    public long RefusedByScheduled => scheduled.Values.Sum(window => window.Refused);

    /// <summary>Says what a scheduled rule found at one of its moments.</summary>
    /// <param name="now">ns since 1970.</param>
    /// <returns>False where an alert was closed since: it must be looked at again.</returns>
    public bool TryTell(ScheduledLook look, long now) => look.TryTell(book, now);

    private void Keep(in TriggerInput to, EventRow row, long time, uint log)
    {
        if (history is not null || !value.TryRead(to.Trigger.Rule.Schedule!.Window, row) || !fingerprint.TryWrite(to, log, row))
        {
            return;
        }
        if (!scheduled.TryGetValue((row.Tenant, to.Trigger), out var window))
        {
            scheduled.Add((row.Tenant, to.Trigger), window = new ScheduledWindow(row.Tenant, to.Trigger, CountsFrom));
        }
        window.Add(fingerprint.Key, new WindowEntry(time, row.Seq, row.ReceivedAt, 1, value.Value), to, row);
        // Nothing falls out but what is later than is waited for.
        if (window.IsFull)
        {
            window.LookUntil(NoneBefore ?? window.Latest - lateness.Longest, book);
        }
    }

    private void LookByScheduleUntil(long? until)
    {
        foreach (var window in scheduled.Values)
        {
            window.LookUntil(until ?? window.End, book);
        }
    }
}
