using Picket.Detection.Alerts;
using Picket.Detection.Matching;
using Picket.Detection.Rules;
using Picket.Detection.Windows;
using Picket.Events;
using Picket.Events.Batches;

namespace Picket.Detection;

/// <summary>
/// From events to alerts: what rules match goes to the triggers that look at it, and what makes one hold goes to the <see cref="AlertBook"/>. The same events give the same alerts,
/// in whatever order and batches they come. Not thread-safe.
/// </summary>
public sealed partial class Detector
{
    /// <summary>How far ahead of its arrival an event's own time is believed; ns.</summary>
    public const long ClockAhead = DetectionTime.Ahead;

    private readonly AlertBook book;
    private readonly IEventHistory? history;
    private readonly bool isRecorded;
    private readonly Lateness lateness;
    private readonly Groups groups;
    private readonly Watermarks watermarks;
    private readonly Waiting waiting;
    private readonly Fingerprint fingerprint = new();
    private readonly WindowValue value = new();
    private readonly Excepted excepted = new();
    private readonly AbsenceWatch absence;
    private Func<TenantId, Trigger, bool> isRun = (_, _) => true;
    private Func<TenantId, Rule, ulong> holdsAfter = (_, _) => 0;
    private readonly Fingerprint fingerprintAbove = new();
    private readonly WindowValue valueAbove = new();
    private readonly List<RuleMatch> matches = [];
    private readonly List<RuleMatch> recalled = [];
    private readonly List<int> watchedRows = [];
    private readonly List<(TriggerInput To, int Row)> late = [];
    private readonly List<(Group Group, long From, long Until)> due = [];
    private readonly Dictionary<(TenantId, int Place), (long From, long To)> covering = [];
    private readonly List<Uncovered> uncovered = [];
    private readonly HashSet<Group> kept = new(ReferenceEqualityComparer.Instance);
    private RuleSet rules = new([]);
    private RuleMatcher? matcher;
    private RuleMatcher? recalling;
    private TriggerSet triggers = new([]);
    private TimeProvider clock = TimeProvider.System;
    private ulong lookedThrough;
    private long ungrouped;

    /// <param name="book">Gathers what changes of alerts.</param>
    /// <param name="history">Reads back what is not in memory; null where all there is comes by.</param>
    /// <param name="isRecorded">Whether when events arrived says nothing, so that their senders' clocks are believed however far ahead.</param>
    /// <param name="lateness">How late events may come; null for <see cref="Lateness.Default"/>.</param>
    public Detector(AlertBook book, IEventHistory? history = null, bool isRecorded = false, Lateness? lateness = null)
    {
        (this.book, this.history, this.isRecorded, this.lateness) = (book, history, isRecorded, lateness ?? Lateness.Default);
        watermarks = new Watermarks(this.lateness);
        groups = new Groups(book, watermarks, this.lateness.Longest);
        waiting = new Waiting(watermarks);
        absence = new AbsenceWatch(book, isRecorded);
    }

    /// <summary>Events that belonged to no group, for a value by which their rule groups was missing.</summary>
    public long Ungrouped => ungrouped + absence.Ungrouped;

    /// <summary>How often stored events were read back for a window.</summary>
    public long Recalls { get; private set; }

    /// <summary>How often a group had more events than are kept of one, so that its older ones were forgotten.</summary>
    public long Cuts { get; private set; }

    /// <summary>Groups that windows have in memory.</summary>
    public int Groups => groups.Count;

    /// <summary>Events that windows have in memory.</summary>
    public long WindowEvents => groups.Events;

    /// <summary>Groups that fell out of memory.</summary>
    public long Evicted => groups.Evicted;

    /// <summary>Groups that fell out of memory though they waited, or others' episodes were in them: alerts of theirs may be missing.</summary>
    public long Lost => groups.Lost;

    /// <summary>How much windows have in memory; set before there is anything.</summary>
    internal Room Room
    {
        get => groups.Room;
        set => groups.Room = value;
    }

    /// <summary>None of the events that follow says it happened before this, ns since 1970; null where that is not known, and they come as they do.</summary>
    internal long? NoneBefore { get; set; }

    /// <summary>Events before this raise nothing: of them is only known that they were; ns since 1970.</summary>
    internal long CountsFrom { get; set; } = long.MinValue;

    /// <summary>Values that fell out of memory.</summary>
    public long Forgotten { get; private set; }

    /// <summary>What rules matched in the batch that was looked at last.</summary>
    public IReadOnlyList<RuleMatch> Matches => matches;

    /// <summary>Has other rules looked at from now on. Windows of those that stay as they were go on; of others what is stored counts, but raises nothing by itself.</summary>
    /// <param name="set">The rules.</param>
    /// <param name="running">Runs them.</param>
    /// <param name="time">For reading back.</param>
    /// <param name="tenants">Which of them are run for whom; null for all for everybody.</param>
    /// <param name="inputsOf">For the place of a correlation the places of the rules that it is of; null where they are found by their names.</param>
    /// <param name="holdsAfter">Behind which event a tenant's rule holds as it is; null where each always did.</param>
    public void Use(
        RuleSet set, RuleMatcher running, TimeProvider time, TenantRules? tenants = null, Func<int, IReadOnlyList<int>?>? inputsOf = null, Func<TenantId, Rule, ulong>? holdsAfter = null)
    {
        this.holdsAfter = holdsAfter ?? ((_, _) => 0);
        (rules, matcher, triggers, clock) = (set, running, new TriggerSet(set.Rules, inputsOf), time);
        recalling = history is null ? null : new RuleMatcher(set, time, tenants);
        isRun = (tenant, trigger) => tenants?.Contains(tenant, trigger.Place) ?? true;
        groups.Renew(triggers.SameAs);
        absence.Renew(triggers.SameAs);
        excepted.Clear();
        known.Clear();
    }

    /// <summary>Looks at events, which must come in the order of the log.</summary>
    /// <param name="log">The log that numbered them.</param>
    public async ValueTask LookAsync(EventBatch batch, uint log, CancellationToken cancellation)
    {
        matches.Clear();
        matcher!.Match(batch, matches);
        if (history is not null)
        {
            await CoverAsync(batch, cancellation);
            if (triggers.LooksForNew)
            {
                await KnowAsync(batch, log, cancellation);
            }
        }
        late.Clear();
        Watch(batch, log);
        foreach (var (_, place, row) in matches)
        {
            foreach (var to in triggers.Of(place))
            {
                if (to.Trigger.Rule.Absence is null && !excepted.Has(to.Trigger, batch[row]) && !TryTake(to, batch[row], log, mayWait: history is not null))
                {
                    late.Add((to, row));
                }
            }
        }
        // What must be read back for comes last: the order makes no difference.
        await TakeLateAsync(batch, log, cancellation);
        lookedThrough = batch.Seqs[^1];
        await SettleAsync(batch, cancellation);
        if (NoneBefore is { } none)
        {
            LookByScheduleUntil(none - 1);
        }
        var evicted = groups.Evicted;
        groups.Trim(NoneBefore, isReadBack: history is not null);
        if (groups.Evicted > evicted)
        {
            waiting.Trim();
        }
        Forgotten += known.Trim();
    }

    /// <summary>An alert was raised of what happened before: further events count in it.</summary>
    public void Stand(AlertChange raised)
    {
        var key = Fingerprint.KeyOf(raised.Tenant, raised.Fingerprint);
        if (raised.From != Group.Never)
        {
            book.Stand(key, raised.From, raised.Held);
            groups.Find(key)?.Continue(raised.From, raised.Held);
        }
    }

    /// <summary>An active alert was closed: the events up to this one are its own, though they may not all have been looked at, and a further one begins with what comes after.</summary>
    public void Close(TenantId tenant, string ofAlert, ulong through)
    {
        var key = Fingerprint.KeyOf(tenant, ofAlert);
        var from = book.TryActive(key, out var standing) ? standing.From : Group.Never;
        if (groups.Find(key) is { } group)
        {
            from = group.From;
            var before = group.Count;
            group.Close(through);
            groups.Added(group.Count - before, long.MinValue);
        }
        book.Closed(key, through, from);
    }

    // False where the group's events must be read back first.
    private bool TryTake(in TriggerInput to, EventRow row, uint log, bool mayWait)
    {
        var time = TimeOf(row.Time, row.ReceivedAt);
        if (!fingerprint.TryWrite(to, log, row))
        {
            ungrouped++;
            return true;
        }
        if (to.Trigger.Rule.Schedule is not null)
        {
            Keep(to, row, time, log);
            return true;
        }
        if (time < CountsFrom)
        {
            known.Add(fingerprint.Key, time);
            return true;
        }
        var closed = book.ClosedThrough(fingerprint.Key);
        if (row.Seq <= closed.Through)
        {
            if (to.Trigger.Window is null || time >= closed.From)
            {
                book.Change(fingerprint.Key, to, row, isOfClosed: true).Add(new EventRef(row.Seq, time, row.ReceivedAt));
            }
        }
        else if (to.Trigger.Rule.FirstSeen is { } first)
        {
            TakeFirst(to, row, time, first.Span);
        }
        else if (to.Trigger.Window is not { } window)
        {
            var change = book.Change(fingerprint.Key, to, row, isOfClosed: false);
            if (time < change.FirstSeen || (time == change.FirstSeen && row.Seq < change.FiredAt))
            {
                change.FiredAt = row.Seq;
            }
            (change.Held, change.IsHeld) = (Math.Max(change.Held, time), true);
            change.Add(new EventRef(row.Seq, time, row.ReceivedAt));
        }
        else if (value.TryRead(window, row))
        {
            var group = groups.Of(fingerprint.Key, to.Trigger, row.Tenant);
            return !(mayWait && group.Lacks(time, 1, 1ul << to.Input))
                && TryTake(to, row, group, new WindowEntry(time, row.Seq, row.ReceivedAt, 1ul << to.Input, value.Value), mayWait);
        }
        return true;
    }

    private long TimeOf(long time, long receivedAt) => isRecorded ? time : DetectionTime.Of(time, receivedAt);

    private bool TryTake(in TriggerInput to, EventRow row, Group group, WindowEntry entry, bool mayWait)
    {
        // One event may be of several rules.
        var was = group.TryGet(entry, out var there) ? there : (WindowEntry?)null;
        entry = entry with { Inputs = entry.Inputs | there.Inputs, Above = there.Above ?? (group.IsWithinEpisode(entry.Time) ? null : AboveOf(to.Trigger, to.Base, row)) };
        var before = group.Count;
        if (group.Trigger.IsSilent)
        {
            group.Recall(entry);
        }
        else if (!TryRaise(to, row, group, entry, was, mayWait))
        {
            return false;
        }
        if (group.Trigger.Parents.Count > 0)
        {
            group.Subject ??= AlertSubject.Of(to, row);
            waiting.Add(group, entry.Time);
        }
        if (group.Count > Limits.GroupEvents)
        {
            Shorten(group);
        }
        groups.Added(group.Count - before, entry.Time);
        return true;
    }

    // What cannot hold by what it has is read back should that change.
    private void Shorten(Group group)
    {
        if (history is not null && !group.MayHold)
        {
            group.FallOut();
            return;
        }
        group.Cut();
        Cuts++;
    }

    private bool TryRaise(in TriggerInput to, EventRow row, Group group, in WindowEntry entry, WindowEntry? was, bool mayWait)
    {
        var (mark, held) = (group.Mark, group.Held);
        var until = group.Trigger.Window!.IsRising ? long.MaxValue : watermarks.Of(group.Tenant);
        var (from, counted, isCounted) = group.Add(entry, until);
        if (mayWait && from < counted && !IsInMemory(group, from, LastOf(row, counted)))
        {
            group.Undo(entry, was, mark);
            return false;
        }
        if (entry.Time > until)
        {
            group.Subject ??= AlertSubject.Of(to, row);
            waiting.Add(group, entry.Time);
        }
        if (from < counted || isCounted || group.Held > held)
        {
            var change = book.Change(fingerprint.Key, to, row, isOfClosed: false);
            Tell(change, group, counted, held);
            if (isCounted)
            {
                change.Add(new EventRef(entry.Seq, entry.Time, entry.ReceivedAt));
            }
        }
        return true;
    }

    // Where the rule holds earlier than was known, all events behind count, which may not all be in memory: up to those that counted already, or to the last there can be.
    private static long LastOf(EventRow row, long counted) => Math.Min(counted, row.ReceivedAt + DetectionTime.Ahead);

    private bool IsInMemory(Group group, long from, long to) =>
        group.Trigger.Bases.All(of => groups.CoverageOf(group.Tenant, of.Place, triggers.ReachOf(of.Place)).Covers(from, to));

    /// <param name="counted">From when on events counted before.</param>
    /// <param name="held">When the rule had held last.</param>
    private static void Tell(AlertChange change, Group group, long counted, long held)
    {
        (change.From, change.Held, change.FiredAt, change.IsHeld) = (group.From, group.Held, group.FiredAt, change.IsHeld || group.Held > held || group.From < counted);
        if (group.From < counted)
        {
            foreach (ref readonly var seen in group.EntriesOf(group.From, counted))
            {
                change.Add(new EventRef(seen.Seq, seen.Time, seen.ReceivedAt));
            }
        }
    }
}
