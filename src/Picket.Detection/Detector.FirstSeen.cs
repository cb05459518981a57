using Picket.Detection.Alerts;
using Picket.Detection.Windows;
using Picket.Events;
using Picket.Events.Batches;
using Picket.Query;

namespace Picket.Detection;

// Rules that raise what was not seen for days.
public sealed partial class Detector
{
    private readonly KnownValues known = new();
    private readonly HashSet<byte[]> asked = new(ByBytes.Instance);

    /// <summary>How often the store was asked whether a value is new.</summary>
    public long Asked { get; private set; }

    /// <summary>Values that are known to have been seen.</summary>
    public int KnownValues => known.Count;

    // Has what the store knows of the values of a batch in memory.
    private async ValueTask KnowAsync(EventBatch batch, uint log, CancellationToken cancellation)
    {
        asked.Clear();
        foreach (var (_, place, row) in matches)
        {
            for (var i = 0; i < triggers.Of(place).Length; i++)
            {
                var to = triggers.Of(place)[i];
                if (to.Trigger.Rule.FirstSeen is { } first && IsToBeAsked(to, first.Span, batch[row], log, out var key))
                {
                    await AskAsync(to, key, first.Span, batch, row, log, cancellation);
                }
            }
        }
    }

    private bool IsToBeAsked(in TriggerInput to, long span, EventRow row, uint log, out byte[] key)
    {
        key = [];
        if (!fingerprint.TryWrite(to, log, row) || known.IsNear(fingerprint.Key, TimeOf(row.Time, row.ReceivedAt), span) || book.TryActive(fingerprint.Key, out _))
        {
            return false;
        }
        key = fingerprint.Key.ToArray();
        return asked.Add(key);
    }

    private async ValueTask AskAsync(TriggerInput to, byte[] key, long span, EventBatch batch, int row, uint log, CancellationToken cancellation)
    {
        Asked++;
        var time = TimeOf(batch.Times[row], batch.Received[row]);
        var near = new TimeRange(Math.Max(Instant.Min, time - span), time + span + 1);
        await foreach (var stored in history!.ReadAsync(new TenantId(batch.Tenants[row]), new Filter.And([rules.FilterOf([to.Trigger.Place]), OfGroup(to, batch[row])]), near, cancellation))
        {
            using (stored)
            {
                recalled.Clear();
                recalling!.Match(stored, recalled);
                foreach (var (_, place, at) in recalled)
                {
                    if (place == to.Trigger.Place && stored.Seqs[at] < batch.Seqs[0] && fingerprint.TryWrite(to, log, stored[at]) && fingerprint.Key.SequenceEqual(key))
                    {
                        known.Add(key, TimeOf(stored.Times[at], stored.Received[at]));
                        return;
                    }
                }
            }
        }
    }

    // While the alert of a value is active its events count; else one raises it where there was none so near to it, before or after.
    private void TakeFirst(in TriggerInput to, EventRow row, long time, long span)
    {
        var isActive = book.TryActive(fingerprint.Key, out _);
        var isNew = !known.IsNear(fingerprint.Key, time, span);
        known.Add(fingerprint.Key, time);
        if (!isActive && !isNew)
        {
            return;
        }
        var change = book.Change(fingerprint.Key, to, row, isOfClosed: false);
        if (!isActive)
        {
            book.Stand(fingerprint.Key, time, time);
            change.IsHeld = true;
        }
        if (time < change.FirstSeen)
        {
            change.FiredAt = row.Seq;
        }
        (change.From, change.Held) = (Math.Min(change.From, time), Math.Max(change.Held, time));
        change.Add(new EventRef(row.Seq, time, row.ReceivedAt));
    }
}
