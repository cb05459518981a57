using Picket.Detection.Alerts;
using Picket.Events;

namespace Picket.Detection.Windows;

/// <summary>
/// The groups in memory, within bounds: they are what was read of the store, and what falls out of memory is read back from there. Where there is none, nothing falls out but what is
/// later than windows wait for. Not thread-safe.
/// </summary>
/// <param name="watermarks">What is waited for stays.</param>
/// <param name="lateness">How late events may come and be found in memory; ns.</param>
internal sealed partial class Groups(AlertBook book, Watermarks watermarks, long lateness)
{
    private static readonly HashSet<Group> None = [];

    private readonly Dictionary<byte[], Group> groups = new(ByBytes.Instance);
    private readonly Dictionary<(TenantId Tenant, int Place), Coverage> covered = [];

    private EvictedGroups evicted = new(Limits.EvictedGroups);
    private long latest = long.MinValue;

    // The first of the events that were looked at of late: in so many batches, and in as many before.
    private const int OfLate = 32;
    private long earliest = long.MaxValue;
    private long earliestBefore = long.MaxValue;
    private int batches;

    // From how many on it is looked for what is needed no more: twice what was left the last time.
    private Room room = Room.Default;
    private long forgetFrom = Limits.WindowEventsKept;
    private int forgetFromGroups = Limits.GroupsKept;

    /// <summary>How many there may be; set before there are any.</summary>
    public Room Room
    {
        get => room;
        set => (room, evicted, forgetFrom, forgetFromGroups) = (value, new EvictedGroups(value.Evicted), value.EventsKept, value.GroupsKept);
    }

    public int Count => groups.Count;

    /// <summary>Events of all groups in memory.</summary>
    public long Events { get; private set; }

    /// <summary>Whether there are more than there is room for.</summary>
    public bool IsFull => IsFullBeside(None);

    /// <summary>Groups that fell out of memory.</summary>
    public long Evicted { get; private set; }

    /// <summary>Groups that fell out of memory though they waited, or others' episodes are in them: they are looked at only with a further event, and without those.</summary>
    public long Lost { get; private set; }

    /// <summary>Of which times a tenant's stored events that the rule at a place matches are in memory.</summary>
    /// <param name="span">The longest window over them; ns.</param>
    public Coverage CoverageOf(TenantId tenant, int place, long span)
    {
        if (!covered.TryGetValue((tenant, place), out var of))
        {
            if (covered.Count >= Limits.Coverages)
            {
                covered.Clear();
            }
            covered.Add((tenant, place), of = new Coverage(span));
        }
        return of;
    }

    public Group? Find(byte[] key) => groups.GetValueOrDefault(key);

    /// <summary>The group of a key; made where there is none.</summary>
    public Group Of(ReadOnlySpan<byte> key, Trigger trigger, TenantId tenant)
    {
        var known = groups.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (!known.TryGetValue(key, out var group))
        {
            group = new Group(tenant, trigger, key.ToArray()) { Missing = evicted.Take(key) };
            groups.Add(group.Key, group);
            if (book.TryActive(key, out var standing))
            {
                group.Continue(standing.From, standing.Held);
            }
        }
        return group;
    }

    /// <summary>Those of which correlations above see the episodes.</summary>
    public IEnumerable<Group> Below => groups.Values.Where(group => group.Trigger.Parents.Count > 0);

    /// <summary>Those of them that got events by one reading back.</summary>
    public IEnumerable<Group> RecalledBy(long number) => Below.Where(group => group.RecalledBy == number);

    /// <summary>Tells when an event happened that is looked at with those around it.</summary>
    public void Asked(long time) => earliest = Math.Min(earliest, time);

    /// <summary>Tells that a group has more events, and that time has gone on.</summary>
    public void Added(int events, long time)
    {
        Events += events;
        latest = Math.Max(latest, time);
    }

    /// <summary>Keeps those whose rule is still run as it was; the others are made anew.</summary>
    /// <param name="sameAs">What a trigger is now; null for one that is no more.</param>
    public void Renew(Func<Trigger, Trigger?> sameAs)
    {
        var now = groups.Values.Select(group => group.Trigger).Distinct<Trigger>(ReferenceEqualityComparer.Instance).ToDictionary<Trigger, Trigger, Trigger?>(was => was, sameAs, ReferenceEqualityComparer.Instance);
        foreach (var (key, group) in groups.ToArray())
        {
            if (now[group.Trigger] is { } trigger)
            {
                group.Trigger = trigger;
            }
            else
            {
                Remove(key, group);
            }
        }
        covered.Clear();
    }

    /// <summary>Keeps within the bounds, behind each batch.</summary>
    /// <param name="noneBefore">No event is to come that happened before this; null where that is not known.</param>
    /// <param name="isReadBack">Whether what is forgotten is read back when it is needed.</param>
    public void Trim(long? noneBefore, bool isReadBack)
    {
        if (++batches % OfLate == 0)
        {
            (earliestBefore, earliest) = (earliest, long.MaxValue);
        }
        // What is forgotten for good stays as long as there is room.
        if (noneBefore is null && !isReadBack ? !IsFull : Events <= forgetFrom && groups.Count <= forgetFromGroups)
        {
            return;
        }
        // As long as there is room what events of late were looked at with stays, however long ago that was: of a day that comes in again each event would have it read back.
        var needed = noneBefore ?? (IsFull ? latest - lateness : Math.Min(latest - lateness, Math.Min(earliest, earliestBefore)));
        foreach (var of in covered.Values)
        {
            of.Forget(needed - (2 * of.Span));
        }
        foreach (var (key, group) in groups.ToArray())
        {
            var before = group.Count;
            group.Forget((group.Trigger.Waits ? Math.Max(Instant.Min, Math.Min(needed, watermarks.Of(group.Tenant))) : needed) - (2 * group.Trigger.LongestReach));
            Events += group.Count - before;
            Evicted += group.Count < before && noneBefore is null && !isReadBack ? 1 : 0;
            if (group.Count == 0 && !group.IsWaiting)
            {
                Remove(key, group);
            }
        }
        forgetFrom = Math.Clamp(2 * Events, room.EventsKept, room.Events);
        forgetFromGroups = Math.Clamp(2 * groups.Count, room.GroupsKept, room.Groups);
        if (IsFull)
        {
            Evict(isReadBack, None, isReading: false);
        }
    }

    /// <summary>Keeps within the bounds while stored events are read back: those of a week may be.</summary>
    /// <param name="kept">For whom they are read. There is room beside them.</param>
    public void MakeRoom(HashSet<Group> kept)
    {
        if (IsFullBeside(kept))
        {
            Evict(isReadBack: true, kept, isReading: true);
        }
    }

    private bool IsFullBeside(HashSet<Group> kept) => Events - kept.Sum(group => (long)group.Count) > room.Events || groups.Count - kept.Count > room.Groups;

    // Down to three quarters of the room. Those go first that take many further events to hold: it is known without theirs that they do not. Last those of which correlations above are told when all is read.
    private void Evict(bool isReadBack, HashSet<Group> kept, bool isReading)
    {
        var ofKept = kept.Sum(group => (long)group.Count);
        foreach (var (key, group) in groups.Where(pair => !kept.Contains(pair.Value)).OrderByDescending(pair => pair.Value.Needs).ThenBy(pair => isReading && pair.Value.Trigger.Parents.Count > 0).ThenBy(pair => pair.Value.Last).ToArray())
        {
            if (Events - ofKept <= room.Events / 4 * 3 && groups.Count - kept.Count <= room.Groups / 4 * 3)
            {
                return;
            }
            var before = group.Count;
            group.FallOut();
            Events += group.Count - before;
            Evicted += group.Count < before ? 1 : 0;
            // Others' episodes stay in any case; one that waits is read back when its time has come, and one of which others are told when all is read, then.
            if (group.Count == 0 && !(isReadBack && IsAwaited(group, isReading)))
            {
                Remove(key, group);
            }
        }
        // What is left are episodes and groups that wait, and they alone are too many.
        var isFull = IsFullBeside(kept);
        foreach (var (key, group) in groups.Where(pair => !kept.Contains(pair.Value)).OrderBy(pair => pair.Value.Last).Take(isFull ? groups.Count / 2 : 0).ToArray())
        {
            Lost += group.Count > 0 || group.IsWaiting || IsAwaited(group, isReading) ? 1 : 0;
            group.Missing = Missing.Before(Math.Max(group.Missing.Through, group.Last) + 1);
            Remove(key, group);
        }
    }

    private static bool IsAwaited(Group group, bool isReading) => group.MayHold && (group.IsWaiting || (isReading && group.Trigger.Parents.Count > 0));

    private void Remove(byte[] key, Group group)
    {
        groups.Remove(key);
        if (group.Missing.Through > long.MinValue)
        {
            evicted.Add(key, group.Missing);
        }
        group.WaitsFrom = long.MaxValue;
        Events -= group.Count;
        if (group.From != Group.Never)
        {
            book.Stand(key, group.From, group.Held);
        }
    }
}
