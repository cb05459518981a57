using Picket.Detection.Alerts;
using Picket.Detection.Rules;
using Picket.Events;
using Picket.Events.Batches;

namespace Picket.Detection.Windows;

/// <summary>The events of a scheduled rule, where they come by once and are not read back: kept until the last moment was looked at in whose window they are. Not thread-safe.</summary>
internal sealed class ScheduledWindow(TenantId tenant, Trigger trigger, long countsFrom)
{
    private readonly Dictionary<byte[], AlertSubject> subjects = new(ByBytes.Instance);
    private readonly Schedule schedule = trigger.Rule.Schedule!;
    private readonly List<(byte[] Key, WindowEntry Entry)> events = [];
    private bool isSorted = true;
    private long looked = countsFrom;

    /// <summary>Whether there are more than are kept, unless some can be looked at.</summary>
    public bool IsFull => events.Count > Limits.WindowEvents;

    /// <summary>When the last event happened.</summary>
    public long Latest { get; private set; } = long.MinValue;

    /// <summary>The last moment that can find something it did not find before.</summary>
    public long End => schedule.After(Latest - 1);

    /// <summary>Events that there was no room for.</summary>
    public long Refused { get; private set; }

    public void Add(ReadOnlySpan<byte> key, in WindowEntry entry, in TriggerInput to, EventRow row)
    {
        var known = subjects.GetAlternateLookup<ReadOnlySpan<byte>>();
        var isKnown = known.TryGetValue(key, out var kept, out _);
        if (IsFull || (!isKnown && subjects.Count >= 2 * Limits.Groups))
        {
            Refused++;
            return;
        }
        if (!isKnown)
        {
            subjects.Add(kept = key.ToArray(), AlertSubject.Of(to, row));
        }
        isSorted &= entry.Time >= Latest;
        Latest = Math.Max(Latest, entry.Time);
        events.Add((kept!, entry));
    }

    /// <summary>Looks at the moments up to one; nothing happened before it that is still to come.</summary>
    public void LookUntil(long until, AlertBook book)
    {
        if (!isSorted)
        {
            events.Sort((one, other) => one.Entry.CompareTo(other.Entry));
            isSorted = true;
        }
        var span = schedule.Window.Span;
        while (events.Count > 0)
        {
            // With nothing in a window there is nothing to find.
            var moment = schedule.After(Math.Max(looked, events[0].Entry.Time - 1));
            if (moment > until)
            {
                return;
            }
            var look = new ScheduledLook(tenant, trigger, moment, new ScheduledMark(looked, ulong.MaxValue));
            foreach (var (key, entry) in events)
            {
                if (entry.Time > moment)
                {
                    break;
                }
                look.Add(key, entry, () => subjects[key]);
            }
            look.TryTell(book, moment);
            looked = moment;
            var next = schedule.After(moment);
            var gone = events.FindIndex(one => one.Entry.Time > next - span);
            events.RemoveRange(0, gone < 0 ? events.Count : gone);
            if (subjects.Count > Limits.Groups)
            {
                var still = events.Select(one => one.Key).ToHashSet<byte[]>(ByBytes.Instance);
                subjects.Keys.Where(key => !still.Contains(key)).ToList().ForEach(key => subjects.Remove(key));
            }
        }
    }
}
