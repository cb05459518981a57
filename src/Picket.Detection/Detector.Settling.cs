using Picket.Detection.Alerts;
using Picket.Detection.Windows;
using Picket.Events;
using Picket.Events.Batches;

namespace Picket.Detection;

// What is decided when no further event is waited for.
public sealed partial class Detector
{
    /// <summary>Whether something waits for further events.</summary>
    public bool IsWaiting => waiting.Any;

    /// <summary>Up to when no further event of each tenant is waited for; ns since 1970.</summary>
    public IReadOnlyDictionary<TenantId, long> Settled => watermarks.All;

    /// <summary>Events of sources beyond those whose lateness is told apart.</summary>
    public long SharedSources => watermarks.Shared;

    /// <summary>Looks at what waited for further events long enough, while none come.</summary>
    /// <param name="now">ns since 1970, where all that is stored was looked at.</param>
    public ValueTask GoOnAsync(long now, CancellationToken cancellation)
    {
        watermarks.GoOn(now);
        return SettleAsync(all: false, cancellation);
    }

    /// <summary>Looks at all that waited: no further event comes.</summary>
    public async ValueTask EndAsync(CancellationToken cancellation)
    {
        await SettleAsync(all: true, cancellation);
        LookByScheduleUntil(null);
    }

    private async ValueTask SettleAsync(EventBatch batch, CancellationToken cancellation)
    {
        if (triggers.Waiting.Count == 0)
        {
            return;
        }
        if (NoneBefore is { } none)
        {
            watermarks.Pass(batch, none);
        }
        else
        {
            watermarks.Saw(batch, isRecorded);
        }
        // Where all there is comes by, and in any order, it is all waited for as long as there is room.
        if (history is not null || NoneBefore is not null || groups.IsFull)
        {
            await SettleAsync(all: false, cancellation);
        }
    }

    private async ValueTask SettleAsync(bool all, CancellationToken cancellation)
    {
        for (waiting.Take(all, due); due.Count > 0; waiting.Take(all, due))
        {
            if (history is not null)
            {
                await RecallWaitingAsync(cancellation);
            }
            foreach (var (group, from, until) in due)
            {
                Settle(group, from, until);
            }
        }
    }

    private void Settle(Group group, long from, long until)
    {
        if (!group.Trigger.IsSilent)
        {
            var (counted, held) = (group.From, group.Held);
            group.Look(from, until);
            if (group.From < counted || group.Held > held)
            {
                Tell(book.Change(group), group, counted, held);
            }
        }
        if (group.Trigger.Parents.Count > 0)
        {
            foreach (var beginning in group.Beginnings(from, until))
            {
                Begin(group, beginning, isRecalled: false);
            }
        }
        if (group.FirstAfter(until) is { } next)
        {
            waiting.Add(group, next);
        }
    }

    // A correlation begins to hold: that is an event to those above.
    private void Begin(Group group, in WindowEntry at, bool isRecalled, HashSet<Group>? touched = null)
    {
        foreach (var above in at.Above ?? [])
        {
            // What is a closed alert's own.
            if (at.Seq <= book.ClosedThrough(above.Key).Through)
            {
                continue;
            }
            var of = groups.Of(above.Key, above.To.Trigger, group.Tenant);
            var before = of.Count;
            of.Subject ??= above.Subject;
            of.Recall(new WindowEntry(at.Time, at.Seq, at.ReceivedAt, 1ul << above.To.Input, above.Value, above.Further));
            groups.Added(of.Count - before, at.Time);
            touched?.Add(of);
            if (isRecalled)
            {
                continue;
            }
            waiting.Add(of, at.Time);
            if (!of.Trigger.IsSilent && of.Count > before && at.Time >= of.From)
            {
                var change = book.Change(of);
                change.From = of.From;
                change.Add(new EventRef(at.Seq, at.Time, at.ReceivedAt));
            }
        }
    }

    // What an event is to the correlations above its trigger; null for nothing.
    private IReadOnlyList<Above>? AboveOf(Trigger trigger, int ofBase, EventRow row)
    {
        if (trigger.Parents.Count == 0)
        {
            return null;
        }
        var (found, count) = (new Above[trigger.Parents.Count], 0);
        foreach (var (parent, input, firstBase) in trigger.Parents)
        {
            var to = new TriggerInput(parent, input, firstBase + ofBase);
            // A trigger above is never grouped by event, so that no log is asked for.
            if (excepted.Has(parent, row))
            {
                continue;
            }
            if (!fingerprintAbove.TryWrite(to, 0, row))
            {
                ungrouped++;
            }
            else if (valueAbove.TryRead(parent.Window!, row))
            {
                // What is further above overwrites the key and the value.
                var (key, measured) = (fingerprintAbove.Key.ToArray(), valueAbove.Value);
                found[count++] = new Above(to, key, AlertSubject.Of(to, row), measured, AboveOf(parent, to.Base, row));
            }
        }
        return count == 0 ? null : count == found.Length ? found : found[..count];
    }
}
