using System.Buffers;
using Picket.Detection.Alerts;
using Picket.Detection.Rules;
using Picket.Events;

namespace Picket.Detection.Windows;

/// <summary>
/// The events of one group of a trigger, in the order in which they happened, and where the rule holds among them. What it tells depends on which events there are, not on the order
/// in which they came. Not thread-safe.
/// </summary>
internal sealed class Group
{
    /// <summary>Of <see cref="From"/>: the rule has not held.</summary>
    public const long Never = long.MaxValue;

    private const int PooledFrom = 1_024;
    private const int ThinnedFrom = 8;

    private readonly WindowMeasure measure;
    private WindowMeasure? ofOthers;
    private WindowEntry[] entries = new WindowEntry[4];
    private int count;

    // Of the events here by their numbers; null where nothing is above.
    private readonly Dictionary<ulong, IReadOnlyList<Above>>? above;

    // Of which of the rules that are looked at together its events are.
    private ulong inputs;

    // The first of the last events at which the rule holds that are no further apart than the window is long; and other such stretches, of which only the ends are here.
    private long since = Never;
    private List<(long From, long To)>? thinned;

    // What the measure stands for: the window that ends with the last event.
    private int start;

    public Group(TenantId tenant, Trigger trigger, string fingerprint)
    {
        (Tenant, Trigger, Fingerprint) = (tenant, trigger, fingerprint);
        above = trigger.Parents.Count > 0 ? [] : null;
        measure = WindowMeasure.New(trigger.Window!);
    }

    public TenantId Tenant { get; }

    /// <summary>What it is a group of; another, the same, when rules were loaded anew.</summary>
    public Trigger Trigger { get; set; }

    public int Count => count;

    /// <summary>From which event on it is still to be looked at; the greatest time there is for none.</summary>
    public long WaitsFrom { get; set; } = long.MaxValue;

    public bool IsWaiting => WaitsFrom < long.MaxValue;

    /// <summary>What its alerts tell of the event that it began with, where they are raised when that has gone by; else null.</summary>
    public AlertSubject? Subject { get; set; }

    public string Fingerprint { get; }

    /// <summary>Where the window began in which the rule held first; events from there on count. ns since 1970.</summary>
    public long From { get; private set; } = Never;

    /// <summary>The last event at which the rule held; ns since 1970.</summary>
    public long Held { get; private set; } = long.MinValue;

    /// <summary>The first event at which it held, by the order in which they happened; 0 where that was before the group was in memory.</summary>
    public ulong FiredAt { get; private set; }

    /// <summary>What of it is not here.</summary>
    public Missing Missing { get; set; } = Missing.Nothing;

    /// <summary>Whether the rule may hold, given how many events there are, whether or not they are here.</summary>
    public bool MayHold => From != Never || Window.MayHold((long)count + Missing.Events, inputs | Missing.Inputs);

    /// <summary>When its first event happened; null when there is none.</summary>
    public long? First => count > 0 ? entries[0].Time : null;

    /// <summary>When its last event happened.</summary>
    public long Last => count > 0 ? entries[count - 1].Time : long.MinValue;

    private Window Window => Trigger.Window!;

    /// <summary>Goes on where an alert stands that was raised before.</summary>
    public void Continue(long from, long held) => (From, since, Held) = (from, held > Held ? held : since, Math.Max(Held, held));

    /// <summary>How many further events it takes until the rule may hold, at least; one where others' episodes are needed and there are none is far from it.</summary>
    public decimal Needs => MayHold ? 0 : (Trigger.Episodes & ~(inputs | Missing.Inputs)) != 0 ? decimal.MaxValue : Window.Needs((long)count + Missing.Events, inputs | Missing.Inputs);

    /// <summary>Whether events that are not here may make a difference to those of an instant, or to what they begin.</summary>
    /// <param name="events">How many of an instant, and of which rules, are not added yet.</param>
    public bool Lacks(long time, int events, ulong ofRules)
    {
        if (time - Trigger.Reach > Missing.Through)
        {
            return false;
        }
        var around = IndexOf(time + Window.Span + 1) - IndexOf(time - Window.Span);
        return time - Trigger.Reach < Missing.From || Window.MayHold((long)around + events + Missing.Events, inputs | ofRules | Missing.Inputs);
    }

    /// <summary>The same of all from a time on.</summary>
    public bool Lacks(long from) => from - Trigger.Reach <= Missing.Through && (from - Trigger.Reach < Missing.From || MayHold);

    /// <summary>What is known already of an event.</summary>
    public bool TryGet(in WindowEntry entry, out WindowEntry there)
    {
        var place = entries.AsSpan(0, count).BinarySearch(entry);
        there = place >= 0 ? entries[place] : default;
        return place >= 0;
    }

    /// <summary>Keeps what an event that was added is to the correlations above.</summary>
    public void Keep(ulong seq, IReadOnlyList<Above> of) => above![seq] = of;

    /// <summary>What an event is to the correlations above.</summary>
    public IReadOnlyList<Above> AboveOf(ulong seq) => above!.GetValueOrDefault(seq) ?? [];

    /// <summary>Whether nothing can begin at a time any more, whatever comes: the rule held so shortly before.</summary>
    public bool IsWithinEpisode(long time) => Window.IsRising && since < time && time - Window.Span <= Held;

    /// <summary>The events at which the rule begins to hold, in [from, to]: an episode each, in which those at which it holds are no further apart than the window is long.</summary>
    public IReadOnlyList<WindowEntry> Beginnings(long from, long to)
    {
        var (found, held) = (new List<WindowEntry>(), (long?)null);
        Slide(from - Window.Span, to, (at, measured, place) =>
        {
            if (Window.Holds(measured))
            {
                if (at >= from && (held is null || at - held > Window.Span) && !IsWithinThinned(at))
                {
                    found.Add(entries[FirstOf(place)]);
                }
                held = at;
            }
        });
        return found;
    }

    private bool IsWithinThinned(long at) => thinned is not null && thinned.Exists(stretch => stretch.From < at && at - Window.Span <= stretch.To);

    /// <summary>Adds an event of before, which raises nothing.</summary>
    public void Recall(in WindowEntry entry)
    {
        var place = entries.AsSpan(0, count).BinarySearch(entry);
        if (place < 0)
        {
            Put(~place, entry);
        }
        else
        {
            Replace(place, entry with { Inputs = entry.Inputs | entries[place].Inputs });
        }
    }

    /// <summary>Adds an event.</summary>
    /// <param name="entry">Not among them; where one event is of several rules, it is added again with all of them.</param>
    /// <param name="until">The rule is looked at up to here; ns since 1970.</param>
    /// <returns>The events that count from now on and did not before: from where on, and up to where.</returns>
    public (long From, long To, bool IsCounted) Add(in WindowEntry entry, long until)
    {
        var before = From;
        if (count == entries.Length && count >= ThinnedFrom && Trigger.IsThinned)
        {
            Thin();
        }
        var place = entries.AsSpan(0, count).BinarySearch(entry);
        var isNew = place < 0;
        place = isNew ? ~place : place;
        if (!isNew)
        {
            Replace(place, entry);
        }
        else
        {
            Put(place, entry);
        }
        if (isNew && place == count - 1)
        {
            if (entry.Time <= until)
            {
                Look(entry.Time, measure.Of(entries.AsSpan(start, count - start)), place);
            }
        }
        else
        {
            // Where the rule held before, only what comes behind the last event at which it did can be new.
            Look(From <= entry.Time - Window.Span ? Math.Max(entry.Time, Held + 1) : entry.Time, Math.Min(until, entry.Time + Window.Span));
        }
        // Those before what counted already, and this one.
        return (Math.Min(From, before), before, isNew && entry.Time >= before);
    }

    /// <summary>What <see cref="Undo"/> goes back to.</summary>
    public (long From, long Held, long Since, ulong FiredAt) Mark => (From, Held, since, FiredAt);

    /// <summary>As if an event had not been added.</summary>
    /// <param name="was">What was known of it before; null for nothing.</param>
    public void Undo(in WindowEntry entry, WindowEntry? was, (long From, long Held, long Since, ulong FiredAt) mark)
    {
        var place = entries.AsSpan(0, count).BinarySearch(entry);
        if (was is { } before)
        {
            entries[place] = before;
        }
        else
        {
            entries.AsSpan(place + 1, count - place - 1).CopyTo(entries.AsSpan(place));
            count--;
        }
        (From, Held, since, FiredAt) = mark;
        Restart();
    }

    /// <summary>Looks at the rule at all events of a stretch of time, both ends included.</summary>
    public void Look(long from, long to)
    {
        var (first, behind) = (IndexOf(from), to == Never ? count : IndexOf(to + 1));
        if (first >= behind)
        {
            return;
        }
        // A late event is mostly a little late: then few events are behind it, and all those of its window before it.
        var before = IndexOf(from - Window.Span);
        if (count - first + Math.Max(0, start - before) < behind - before)
        {
            SlideBack(from, to);
        }
        else
        {
            Slide(from, to, Look);
        }
    }

    // As Slide, from the end on, with the measure of the last window, which it is again afterwards. What it is told comes in the other order, which makes no difference to it.
    private void SlideBack(long from, long to)
    {
        var (begin, end) = (start, count);
        while (end > 0 && entries[end - 1].Time >= from)
        {
            var at = entries[end - 1].Time;
            while (begin > 0 && entries[begin - 1].Time >= at - Window.Span)
            {
                measure.Add(entries[--begin]);
            }
            if (at <= to)
            {
                Look(at, measure.Of(entries.AsSpan(begin, end - begin)), end - 1);
            }
            for (; end > 0 && entries[end - 1].Time == at; end--)
            {
                measure.Forget(entries[end - 1]);
            }
        }
        for (; end < count; end++)
        {
            measure.Add(entries[end]);
        }
        for (; begin < start; begin++)
        {
            measure.Forget(entries[begin]);
        }
    }

    // Measures at each instant of a stretch of time: when, how much, and the last of its events.
    private void Slide(long from, long to, Action<long, decimal, int> look)
    {
        if (from > to)
        {
            return;
        }
        var sliding = ofOthers ??= WindowMeasure.New(Window);
        sliding.Clear();
        var begin = IndexOf(from - Window.Span);
        for (var i = begin; i < count && entries[i].Time <= to; i++)
        {
            sliding.Add(entries[i]);
            // Those of one instant are in one another's windows.
            if (entries[i].Time < from || (i + 1 < count && entries[i + 1].Time == entries[i].Time))
            {
                continue;
            }
            while (entries[begin].Time < entries[i].Time - Window.Span)
            {
                sliding.Forget(entries[begin++]);
            }
            look(entries[i].Time, sliding.Of(entries.AsSpan(begin, i + 1 - begin)), i);
        }
    }

    /// <summary>When the first event after a time happened; null when there is none.</summary>
    public long? FirstAfter(long time) => time < long.MaxValue && IndexOf(time + 1) is var place && place < count ? entries[place].Time : null;

    /// <summary>The events that happened in [from, to).</summary>
    public ReadOnlySpan<WindowEntry> EntriesOf(long from, long to) => entries.AsSpan(IndexOf(from)..(to == Never ? count : IndexOf(to)));

    /// <summary>Forgets the events up to a number, which an alert that was closed had: the rule has not held since.</summary>
    public void Close(ulong through)
    {
        var kept = 0;
        for (var i = 0; i < count; i++)
        {
            if (entries[i].Seq > through)
            {
                entries[kept++] = entries[i];
            }
            else
            {
                above?.Remove(entries[i].Seq);
            }
        }
        count = kept;
        (From, Held, since, FiredAt, thinned) = (Never, long.MinValue, Never, 0, null);
        Restart();
    }

    /// <summary>Forgets the events before a time.</summary>
    public void Forget(long before) => Drop(IndexOf(before));

    /// <summary>Lets its events fall out of memory, but for the episodes of others, which are not read back from the store by themselves.</summary>
    public void FallOut()
    {
        foreach (ref readonly var entry in entries.AsSpan(0, count))
        {
            Missing = (entry.Inputs & Trigger.Episodes) != 0 ? Missing : Missing.And(entry);
        }
        Drop(count, Trigger.Episodes);
    }

    /// <summary>Forgets the older half of the events, as if they were none, but for the episodes of others.</summary>
    public void Cut() => Drop(count / 2, Trigger.Episodes);

    // Once the rule has held, what lies between the window in which it did first and the last events that were enough makes no difference any more: an event before may have it hold earlier, by what is in
    // that window; one behind is looked at with those, and where they are not all in its window nothing else is. For those above that see where it begins to hold this is so of each stretch by itself.
    private void Thin()
    {
        if (From == Never)
        {
            return;
        }
        var begins = above is null ? From + Window.Span : Math.Max(From + Window.Span, since);
        var (first, behind) = (IndexOf(begins + 1), IndexOf(Held + 1));
        var enough = ofOthers ??= WindowMeasure.New(Window);
        enough.Clear();
        var kept = behind;
        while (kept > first && (kept == behind || !Window.Holds(enough.Of(entries.AsSpan(kept, behind - kept)))))
        {
            enough.Add(entries[--kept]);
        }
        if (kept > first)
        {
            for (var i = first; i < kept && above is not null; i++)
            {
                above.Remove(entries[i].Seq);
            }
            if (above is not null)
            {
                thinned ??= [];
                thinned.RemoveAll(stretch => stretch.From == begins);
                thinned.Add((begins, Held));
            }
            entries.AsSpan(kept, count - kept).CopyTo(entries.AsSpan(first));
            count -= kept - first;
            Restart();
        }
        // Where that was little it is not tried again with each event.
        if (count > entries.Length / 2)
        {
            Resize(entries.Length * 2);
        }
    }

    // The first so many, but for those of some rules, a bit each.
    private void Drop(int first, ulong butFor = 0)
    {
        if (first == 0)
        {
            return;
        }
        var kept = 0;
        for (var i = 0; i < first; i++)
        {
            if ((entries[i].Inputs & butFor) != 0)
            {
                entries[kept++] = entries[i];
                continue;
            }
            above?.Remove(entries[i].Seq);
        }
        entries.AsSpan(first, count - first).CopyTo(entries.AsSpan(kept));
        count -= first - kept;
        thinned?.RemoveAll(stretch => count == 0 || stretch.To + Window.Span < entries[0].Time);
        if ((entries.Length > 16 && count < entries.Length / 4) || count == 0)
        {
            Resize(Math.Max(1, count * 2));
        }
        Restart();
    }

    private void Look(long at, decimal measured, int place)
    {
        if (!Window.Holds(measured))
        {
            return;
        }
        if (at > Held)
        {
            since = Held < at - Window.Span ? at : since;
            Held = at;
        }
        if (at - Window.Span < From)
        {
            From = at - Window.Span;
            FiredAt = entries[FirstOf(place)].Seq;
        }
    }

    // The first of those of one instant.
    private int FirstOf(int place)
    {
        while (place > 0 && entries[place - 1].Time == entries[place].Time)
        {
            place--;
        }
        return place;
    }

    // Large ones are of the pool: those of busy groups grow and shrink all the time, and each new one would bring a collection of all there is.
    private void Resize(int capacity)
    {
        var resized = capacity >= PooledFrom ? ArrayPool<WindowEntry>.Shared.Rent(capacity) : new WindowEntry[capacity];
        entries.AsSpan(0, count).CopyTo(resized);
        if (entries.Length >= PooledFrom)
        {
            ArrayPool<WindowEntry>.Shared.Return(entries);
        }
        entries = resized;
    }

    // The measure goes on standing for the window that ends with the last event.
    private void Put(int place, in WindowEntry entry)
    {
        if (count == entries.Length)
        {
            Resize(count * 2);
        }
        entries.AsSpan(place, count - place).CopyTo(entries.AsSpan(place + 1));
        entries[place] = entry;
        inputs |= entry.Inputs;
        count++;
        if (place < start)
        {
            start++;
            return;
        }
        measure.Add(entry);
        while (entries[start].Time < entries[count - 1].Time - Window.Span)
        {
            measure.Forget(entries[start++]);
        }
    }

    private void Replace(int place, in WindowEntry entry)
    {
        inputs |= entry.Inputs;
        if (place >= start)
        {
            measure.Forget(entries[place]);
            measure.Add(entry);
        }
        entries[place] = entry;
    }

    // Has the measure stand for the last window again.
    private void Restart()
    {
        measure.Clear();
        inputs = 0;
        foreach (ref readonly var entry in entries.AsSpan(0, count))
        {
            inputs |= entry.Inputs;
        }
        start = count == 0 ? 0 : IndexOf(entries[count - 1].Time - Window.Span);
        for (var i = start; i < count; i++)
        {
            measure.Add(entries[i]);
        }
    }

    // The first event that is not before a time.
    private int IndexOf(long time)
    {
        var (low, high) = (0, count);
        while (low < high)
        {
            var middle = (low + high) >> 1;
            (low, high) = entries[middle].Time < time ? (middle + 1, high) : (low, middle);
        }
        return low;
    }
}
