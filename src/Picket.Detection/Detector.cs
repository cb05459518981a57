using Picket.Detection.Alerts;
using Picket.Detection.Matching;
using Picket.Detection.Windows;
using Picket.Events;
using Picket.Events.Batches;

namespace Picket.Detection;

/// <summary>
/// From events to alerts: what rules match goes to the triggers that look at it, and what makes one hold goes to the <see cref="AlertBook"/>. The same events give the same alerts,
/// in whatever order and batches they come. Not thread-safe.
/// </summary>
public sealed class Detector(RuleMatcher matcher, TriggerSet triggers, AlertBook book)
{
    private readonly Dictionary<byte[], Group> groups = new(ByBytes.Instance);
    private readonly Fingerprint fingerprint = new();
    private readonly WindowValue value = new();
    private readonly List<RuleMatch> matches = [];

    /// <summary>Events that belonged to no group, for a value by which their rule groups was missing.</summary>
    public long Ungrouped { get; private set; }

    /// <summary>What rules matched in the batch that was looked at last.</summary>
    public IReadOnlyList<RuleMatch> Matches => matches;

    /// <summary>Looks at events, which must come in the order of the log.</summary>
    /// <param name="log">The log that numbered them.</param>
    public void Look(EventBatch batch, uint log)
    {
        matches.Clear();
        matcher.Match(batch, matches);
        foreach (var (_, place, row) in matches)
        {
            foreach (var to in triggers.Of(place))
            {
                Take(to, batch[row], log);
            }
        }
    }

    /// <summary>An active alert was closed: the events up to this one are its own, though they may not all have been looked at, and a further one begins with what comes after.</summary>
    public void Close(TenantId tenant, string ofAlert, ulong through)
    {
        var key = Fingerprint.KeyOf(tenant, ofAlert);
        var from = book.TryActive(key, out var standing) ? standing.From : Group.Never;
        if (groups.TryGetValue(key, out var group))
        {
            from = group.From;
            group.Close(through);
        }
        book.Closed(key, through, from);
    }

    private void Take(in TriggerInput to, EventRow row, uint log)
    {
        if (!fingerprint.TryWrite(to, log, row))
        {
            Ungrouped++;
            return;
        }
        var time = DetectionTime.Of(row.Time, row.ReceivedAt);
        var closed = book.ClosedThrough(fingerprint.Key);
        if (row.Seq <= closed.Through)
        {
            if (to.Trigger.Window is null || time >= closed.From)
            {
                Count(book.Change(fingerprint.Key, to.Trigger, row, to.Input, isOfClosed: true), new EventRef(row.Seq, time, row.ReceivedAt));
            }
        }
        else if (to.Trigger.Window is null)
        {
            var change = book.Change(fingerprint.Key, to.Trigger, row, to.Input, isOfClosed: false);
            if (time < change.FirstSeen || (time == change.FirstSeen && row.Seq < change.FiredAt))
            {
                change.FiredAt = row.Seq;
            }
            change.Held = Math.Max(change.Held, time);
            Count(change, new EventRef(row.Seq, time, row.ReceivedAt));
        }
        else if (value.TryRead(to.Trigger.Window, row))
        {
            Take(to, row, GroupOf(to.Trigger, row.Tenant), new WindowEntry(time, row.Seq, row.ReceivedAt, 1ul << to.Input, value.Distinct, value.Number));
        }
    }

    private void Take(in TriggerInput to, EventRow row, Group group, WindowEntry entry)
    {
        if (group.TryGet(entry, out var there))
        {
            // One event of several rules.
            entry = entry with { Inputs = entry.Inputs | there.Inputs };
        }
        var held = group.Held;
        var (from, until, isCounted) = group.Add(entry, long.MaxValue);
        if (from >= until && !isCounted && group.Held == held)
        {
            return;
        }
        var change = book.Change(fingerprint.Key, to.Trigger, row, to.Input, isOfClosed: false);
        (change.From, change.Held, change.FiredAt) = (group.From, group.Held, group.FiredAt);
        foreach (ref readonly var seen in group.EntriesOf(from, until))
        {
            Count(change, new EventRef(seen.Seq, seen.Time, seen.ReceivedAt));
        }
        if (isCounted)
        {
            Count(change, new EventRef(entry.Seq, entry.Time, entry.ReceivedAt));
        }
        change.Through = Math.Max(change.Through, entry.Seq);
    }

    private static void Count(AlertChange change, in EventRef seen)
    {
        change.Count++;
        change.FirstSeen = Math.Min(change.FirstSeen, seen.Time);
        change.LastSeen = Math.Max(change.LastSeen, seen.Time);
        change.Through = Math.Max(change.Through, seen.Seq);
        change.Add(seen);
    }

    private Group GroupOf(Trigger trigger, TenantId tenant)
    {
        var known = groups.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (!known.TryGetValue(fingerprint.Key, out var group))
        {
            known[fingerprint.Key] = group = new Group(tenant, trigger, fingerprint.Text);
            if (book.TryActive(fingerprint.Key, out var standing))
            {
                group.Continue(standing.From, standing.Held);
            }
        }
        return group;
    }
}
