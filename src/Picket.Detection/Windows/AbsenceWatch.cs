using Picket.Detection.Alerts;
using Picket.Events;
using Picket.Events.Batches;

namespace Picket.Detection.Windows;

/// <summary>
/// The groups that rules wait for, and when their last events came. By the clock, not by what events say: nothing says that nothing comes. Groups of which nothing came for a week are forgotten. Not thread-safe.
/// </summary>
/// <param name="isRecorded">As in <see cref="Detector"/>.</param>
internal sealed class AbsenceWatch(AlertBook book, bool isRecorded)
{
    private const long Forgotten = 7 * Instant.PerDay;

    private readonly Dictionary<byte[], Entry> entries = new(ByBytes.Instance);
    private readonly List<Entry> changed = [];

    // Groups by the value of an event's field as it was sent, which a host's events have alike: found without making a key of it.
    private readonly Entry?[] recent = new Entry?[1_024];

    private readonly Fingerprint fingerprint = new();
    private long lookedAt;

    private sealed class Entry(Trigger trigger, TenantId tenant, string fingerprint, AlertSubject subject)
    {
        // When the last events came, as many as there must be.
        private readonly long[] came = new long[(int)trigger.Rule.Absence!.Least];
        private long count;

        public Trigger Trigger { get; set; } = trigger;

        // See recent.
        public byte[]? Sent { get; set; }

        // Whether it is among the changed ones, and not forgotten since.
        public bool IsChanged { get; set; }

        public TenantId Tenant => tenant;

        public string Fingerprint => fingerprint;

        public AlertSubject Subject { get; set; } = subject;

        public EventRef Last { get; private set; }

        public ulong ToldAt { get; set; }

        public long HeldAt { get; set; }

        // Of how many events there must be, when the first of the last ones came: since then it has been enough.
        public long EnoughAt => came[count % came.Length];

        public long LastCame => came[(count + came.Length - 1) % came.Length];

        public void Add(in EventRef seen)
        {
            Last = seen.Seq >= Last.Seq ? seen : Last;
            came[count++ % came.Length] = seen.ReceivedAt;
        }

        // Goes on from what was written down, as if what was not running had not been.
        public void Resume(in EventRef seen, long cameAt)
        {
            Last = seen;
            Array.Fill(came, cameAt);
        }
    }

    /// <summary>Groups that are waited for.</summary>
    public int Count => entries.Count;

    /// <summary>Events of groups that there was no room to wait for.</summary>
    public long Refused { get; private set; }

    /// <summary>Events that belonged to no group, for a value by which their rule groups was missing.</summary>
    public long Ungrouped { get; private set; }

    /// <summary>What is to be written down: groups that had events, or of which was told.</summary>
    public IReadOnlyCollection<Watched> Changes => [.. changed.Where(one => one.IsChanged).Select(one => new Watched(one.Tenant, one.Trigger.Rule.Id, one.Fingerprint, one.Subject.Group, one.Subject.Values, one.Last, one.ToldAt))];

    /// <summary>Whether some must be written down together with how far the log was read: they are new, or were told of. Of others only the last event is older there.</summary>
    public bool MustBeWritten { get; private set; }

    public void Written()
    {
        changed.ForEach(entry => entry.IsChanged = false);
        changed.Clear();
        MustBeWritten = false;
    }

    /// <summary>Events came.</summary>
    /// <param name="rows">Those that a trigger waits for; rising.</param>
    /// <param name="log">The log that numbered them.</param>
    public void Saw(Trigger trigger, EventBatch batch, ReadOnlySpan<int> rows, uint log)
    {
        var column = default(Column);
        var isOfOne = !rows.IsEmpty && trigger.GroupBy[0] is [var field] && batch.TryGetColumn(field, out column);
        foreach (var row in rows)
        {
            var seen = new EventRef(batch.Seqs[row], isRecorded ? batch.Times[row] : DetectionTime.Of(batch.Times[row], batch.Received[row]), batch.Received[row]);
            var sent = isOfOne && column.TryGet(row, out var value) && value.Kind != ValueKind.Null ? value.Text : default;
            var entry = recent[PlaceOf(sent)];
            if (sent.IsEmpty || entry is null || !sent.SequenceEqual(entry.Sent) || entry.Tenant != batch[row].Tenant || !ReferenceEquals(entry.Trigger, trigger))
            {
                entry = Find(trigger, batch[row], log, seen);
                if (entry is null)
                {
                    continue;
                }
                if (!sent.IsEmpty)
                {
                    entry.Sent = sent.ToArray();
                    recent[PlaceOf(sent)] = entry;
                }
            }
            entry.Add(seen);
            Changed(entry);
        }
    }

    // Made where there is none; null where it is of no group, or there is no room.
    private Entry? Find(Trigger trigger, EventRow row, uint log, in EventRef seen)
    {
        var to = new TriggerInput(trigger, 0, 0);
        if (!fingerprint.TryWrite(to, log, row))
        {
            Ungrouped++;
            return null;
        }
        var of = entries.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (of.TryGetValue(fingerprint.Key, out var entry))
        {
            return entry;
        }
        if (entries.Count >= Limits.Watched)
        {
            Refused++;
            return null;
        }
        of[fingerprint.Key] = entry = new Entry(trigger, row.Tenant, fingerprint.Text, AlertSubject.Of(to, row));
        // What has only begun to come is not missing yet.
        entry.Resume(seen, seen.ReceivedAt);
        MustBeWritten = true;
        return entry;
    }

    private static int PlaceOf(ReadOnlySpan<byte> sent) => ByBytes.Instance.GetHashCode(sent) & 1_023;

    private void Changed(Entry entry)
    {
        if (!entry.IsChanged)
        {
            entry.IsChanged = true;
            changed.Add(entry);
        }
    }

    /// <summary>Goes on from what was written down.</summary>
    /// <param name="triggers">Finds the triggers of rules by their ids, for a tenant; null where there is none.</param>
    /// <param name="away">For how long nobody looked; ns.</param>
    public void Resume(IEnumerable<Watched> watched, Func<TenantId, string, Trigger?> triggers, long away)
    {
        foreach (var one in watched)
        {
            if (entries.Count < Limits.Watched && triggers(one.Tenant, one.Rule) is { } trigger && trigger.GroupNames.SequenceEqual(one.Group.Select(pair => pair.Name)))
            {
                var entry = new Entry(trigger, one.Tenant, one.Fingerprint, AlertSubject.Of(one.Group, one.Values)) { ToldAt = one.ToldAt };
                entry.Resume(one.Last, one.Last.ReceivedAt + away);
                entries.TryAdd(Fingerprint.KeyOf(one.Tenant, one.Fingerprint), entry);
            }
        }
    }

    /// <summary>Keeps those whose rule is still run as it was; others are learned anew.</summary>
    public void Renew(Func<Trigger, Trigger?> sameAs)
    {
        Array.Clear(recent);
        foreach (var (key, entry) in entries.ToArray())
        {
            if (sameAs(entry.Trigger) is { } trigger)
            {
                entry.Trigger = trigger;
            }
            else
            {
                entries.Remove(key);
                entry.IsChanged = false;
                entry.Sent = null;
            }
        }
    }

    /// <summary>Raises an alert of each group of which too little came.</summary>
    /// <param name="now">By the clock; ns since 1970.</param>
    /// <param name="isRun">Whether a trigger is run for a tenant.</param>
    public void Look(long now, Func<TenantId, Trigger, bool> isRun)
    {
        // It takes no second to go through all of them, but no less than that makes a difference.
        if (now - lookedAt < Instant.PerSecond)
        {
            return;
        }
        lookedAt = now;
        foreach (var (key, entry) in entries.ToArray())
        {
            var span = entry.Trigger.Rule.Absence!.Span;
            if (now - entry.LastCame > Math.Max(Forgotten, 2 * span))
            {
                entries.Remove(key);
                entry.IsChanged = false;
                entry.Sent = null;
            }
            else if (now - entry.EnoughAt > span && isRun(entry.Tenant, entry.Trigger))
            {
                Tell(key, entry, now, span);
            }
        }
    }

    private void Tell(byte[] key, Entry entry, long now, long span)
    {
        var isNew = entry.ToldAt != entry.Last.Seq;
        // While nothing comes it holds on, which is told often enough that it does not look resolved.
        if (!isNew && now - entry.HeldAt < span / 2)
        {
            return;
        }
        entry.HeldAt = now;
        var change = book.Change(key, entry.Tenant, entry.Trigger, entry.Subject);
        (change.Held, change.IsHeld) = (now, change.IsHeld || isNew);
        if (isNew)
        {
            entry.ToldAt = entry.Last.Seq;
            Changed(entry);
            MustBeWritten = true;
            change.FiredAt = entry.Last.Seq;
            change.Add(entry.Last);
        }
    }
}
