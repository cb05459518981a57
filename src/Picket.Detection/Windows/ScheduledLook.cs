using Picket.Detection.Alerts;
using Picket.Detection.Rules;
using Picket.Events;

namespace Picket.Detection.Windows;

/// <summary>What a scheduled rule finds at one moment: the events of its window, by groups, and what that changes of alerts. Not thread-safe.</summary>
public sealed class ScheduledLook
{
    private readonly Dictionary<byte[], OfGroup> groups = new(ByBytes.Instance);
    private readonly ScheduledMark before;
    private readonly Trigger trigger;
    private readonly Window window;
    private long kept;
    private long distinct;

    private sealed class OfGroup(Window window, AlertSubject subject)
    {
        public readonly WindowMeasure Measure = WindowMeasure.New(window);
        public readonly AlertSubject Subject = subject;

        // Of all events in the window, and of those that did not count at the moment before.
        public readonly Counted All = new();
        public readonly Counted New = new();

        // Those that came before an alert was closed, and were not looked at then.
        public readonly Counted OfClosed = new();
        public (long Time, ulong Seq) Last;
        public ulong Least = ulong.MaxValue;
    }

    private sealed class Counted
    {
        public long Count;
        public (long First, long Last) Seen = (long.MaxValue, long.MinValue);
        public readonly List<EventRef> Evidence = [];
    }

    /// <param name="moment">Which; ns since 1970.</param>
    /// <param name="before">The moment before it, and what was stored when that was looked at.</param>
    internal ScheduledLook(TenantId tenant, Trigger trigger, long moment, ScheduledMark before)
    {
        (Tenant, this.trigger, window, Moment, this.before) = (tenant, trigger, trigger.Rule.Schedule!.Window, moment, before);
    }

    public TenantId Tenant { get; }

    public Rule Rule => trigger.Rule;

    /// <summary>ns since 1970.</summary>
    public long Moment { get; }

    /// <summary>What is measured, of the group of which it is most; null where there is none.</summary>
    public decimal? Highest => groups.Count == 0 ? null : groups.Values.Max(Measured);

    /// <summary>Events that were not counted, for there was no room for their groups or their distinct values.</summary>
    public long Refused { get; private set; }

    /// <summary>The last event that was stored when it began.</summary>
    internal ulong Through { get; init; }

    /// <summary>Of each group the last event that belongs to an alert which was closed.</summary>
    internal IReadOnlyDictionary<string, ulong> Closed { get; init; } = new Dictionary<string, ulong>();

    /// <summary>Adds an event that the rule matches. What happened outside the window does not count, and what belongs to an alert that was closed counts there.</summary>
    internal void Add(ReadOnlySpan<byte> key, in WindowEntry entry, Func<AlertSubject> subject)
    {
        if (entry.Time <= Moment - window.Span || entry.Time > Moment)
        {
            return;
        }
        var known = groups.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (!known.TryGetValue(key, out var group))
        {
            if (groups.Count >= Limits.Groups)
            {
                Refused++;
                return;
            }
            known[key] = group = new OfGroup(window, subject());
        }
        if (Closed.Count > 0 && entry.Seq <= Closed.GetValueOrDefault(Fingerprint.TextOf(key)))
        {
            Count(IsNew(entry) ? group.OfClosed : null, entry);
            return;
        }
        if (!TryMeasure(group.Measure, entry))
        {
            Refused++;
            return;
        }
        group.Least = Math.Min(group.Least, entry.Seq);
        group.Last = (entry.Time, entry.Seq).CompareTo(group.Last) > 0 ? (entry.Time, entry.Seq) : group.Last;
        Count(group.All, entry);
        Count(IsNew(entry) ? group.New : null, entry);
    }

    /// <summary>Says what it changes of alerts.</summary>
    /// <param name="heldAt">When it is told; ns since 1970.</param>
    /// <returns>False where an alert was closed since: it must be looked at again.</returns>
    internal bool TryTell(AlertBook book, long heldAt)
    {
        if (groups.Any(pair => book.ClosedThrough(pair.Key).Through is var closed && closed >= Through && pair.Value.Least <= closed))
        {
            return false;
        }
        foreach (var (key, group) in groups)
        {
            if (group.OfClosed.Count > 0)
            {
                book.Change(key, Tenant, trigger, group.Subject, isOfClosed: true).Add(group.OfClosed.Count, group.OfClosed.Seen, group.OfClosed.Evidence);
            }
            var isActive = book.TryActive(key, out var standing);
            var holds = window.Holds(Measured(group));
            var counted = isActive ? group.New : group.All;
            if (group.All.Count == 0 || !(holds || (isActive && counted.Count > 0)))
            {
                continue;
            }
            var change = book.Change(key, Tenant, trigger, group.Subject);
            if (holds)
            {
                (change.IsHeld, change.Held) = (true, Math.Max(change.Held, heldAt));
            }
            if (!isActive)
            {
                (change.From, change.FiredAt) = (Moment - window.Span + 1, group.Last.Seq);
                book.Stand(key, change.From, heldAt);
            }
            else
            {
                change.From = Math.Min(change.From, standing.From);
            }
            change.Add(counted.Count, counted.Seen, counted.Evidence);
        }
        return true;
    }

    private decimal Measured(OfGroup group) => window.Measure == Measure.Events ? group.All.Count : group.Measure.Of([]);

    private bool TryMeasure(WindowMeasure measure, in WindowEntry entry)
    {
        if (window.Measure != Measure.Distinct)
        {
            measure.Add(entry);
            return true;
        }
        var had = measure.Of([]);
        measure.Add(entry);
        if (measure.Of([]) > had && ++distinct > Limits.ScheduledDistinct)
        {
            measure.Forget(entry);
            distinct--;
            return false;
        }
        return true;
    }

    private bool IsNew(in WindowEntry entry) => entry.Time > before.Moment || entry.Seq > before.Through;

    private void Count(Counted? counted, in WindowEntry entry)
    {
        if (counted is null)
        {
            return;
        }
        counted.Count++;
        counted.Seen = (Math.Min(counted.Seen.First, entry.Time), Math.Max(counted.Seen.Last, entry.Time));
        if (counted.Evidence.Count < AlertChange.MostEvidence && kept < Limits.WindowEvents)
        {
            kept++;
            counted.Evidence.Add(new EventRef(entry.Seq, entry.Time, entry.ReceivedAt));
        }
    }
}
