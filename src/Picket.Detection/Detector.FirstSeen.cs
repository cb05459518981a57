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

    // Of a batch's values what the store knows: around which time it was asked, and the nearest time before and after it at which there was one.
    private readonly Dictionary<byte[], List<(long At, long Below, long Above)>> asked = new(ByBytes.Instance);

    // So near to it the answer serves, for it was asked so much further.
    private const long Serves = 3_600 * Instant.PerSecond;

    /// <summary>How often the store was asked whether a value is new.</summary>
    public long Asked { get; private set; }

    /// <summary>Values that are known to have been seen.</summary>
    public int KnownValues => known.Count;

    // Asks the store for the values of a batch of which memory does not know that they were seen.
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
                    var time = TimeOf(batch.Times[row], batch.Received[row]);
                    var (below, above) = await AskAsync(to, key, time, first.Span, batch, row, log, cancellation);
                    if (!asked.TryAdd(key, [(time, below, above)]))
                    {
                        asked[key].Add((time, below, above));
                    }
                }
            }
        }
    }

    private bool IsToBeAsked(in TriggerInput to, long span, EventRow row, uint log, out byte[] key)
    {
        key = [];
        var time = TimeOf(row.Time, row.ReceivedAt);
        if (!fingerprint.TryWrite(to, log, row) || known.IsNear(fingerprint.Key, time, span) || book.TryActive(fingerprint.Key, out _)
            || (asked.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(fingerprint.Key, out var answers) && answers.Exists(answer => Math.Abs(time - answer.At) <= Serves)))
        {
            return false;
        }
        key = fingerprint.Key.ToArray();
        return true;
    }

    private async ValueTask<(long Below, long Above)> AskAsync(TriggerInput to, byte[] key, long time, long span, EventBatch batch, int row, uint log, CancellationToken cancellation)
    {
        Asked++;
        var (below, above) = (long.MinValue / 2, long.MaxValue / 2);
        var near = new TimeRange(Math.Max(Instant.Min, time - span - Serves), time + span + Serves + 1);
        await foreach (var stored in history!.ReadAsync(new TenantId(batch.Tenants[row]), new Filter.And([rules.FilterOf([to.Trigger.Place]), OfGroups(to.Trigger, [AlertSubject.Of(to, batch[row])])]), near, batch.Seqs[0], cancellation))
        {
            using (stored)
            {
                recalled.Clear();
                recalling!.Match(stored, recalled);
                foreach (var (_, place, at) in recalled)
                {
                    if (place == to.Trigger.Place && fingerprint.TryWrite(to, log, stored[at]) && fingerprint.Key.SequenceEqual(key))
                    {
                        var seen = TimeOf(stored.Times[at], stored.Received[at]);
                        (below, above) = (seen <= time ? Math.Max(below, seen) : below, seen >= time ? Math.Min(above, seen) : above);
                        // That is near to every time for which the answer serves.
                        if (Math.Abs(time - seen) <= span - Serves)
                        {
                            return (below, above);
                        }
                    }
                }
            }
        }
        return (below, above);
    }

    private bool IsNew(long time, long span)
    {
        if (known.IsNear(fingerprint.Key, time, span))
        {
            return false;
        }
        foreach (var (at, below, above) in asked.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(fingerprint.Key, out var answers) ? answers : [])
        {
            if (Math.Abs(time - at) <= Serves && (time - below <= span || above - time <= span))
            {
                return false;
            }
        }
        return true;
    }

    // While the alert of a value is active its events count; else one raises it where there was none so near to it, before or after.
    private void TakeFirst(in TriggerInput to, EventRow row, long time, long span)
    {
        var isActive = book.TryActive(fingerprint.Key, out _);
        var isNew = IsNew(time, span);
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
