using Picket.Detection.Alerts;
using Picket.Detection.Rules;
using Picket.Events;

namespace Picket.Detection.Windows;

/// <summary>
/// The events of one group of a trigger, in the order in which they happened, and where the rule holds among them. What it tells depends on which events there are, not on the order
/// in which they came. Not thread-safe.
/// </summary>
internal sealed partial class Group
{
    /// <summary>Of <see cref="From"/>: the rule has not held.</summary>
    public const long Never = long.MaxValue;

    private const int PooledFrom = 1_024;
    private const int ThinnedFrom = 8;

    private readonly WindowMeasure measure;
    private WindowMeasure? ofOthers;
    private WindowEntry[] entries = [];
    private int count;

    // Of which of the rules that are looked at together its events are.
    private ulong inputs;

    // The first of the last events at which the rule holds that are no further apart than the window is long; and other such stretches, of which only the ends are here.
    private long since = Never;
    private List<(long From, long To)>? thinned;

    // What the measure stands for: the window that ends with the last event.
    private int start;

    public Group(TenantId tenant, Trigger trigger, byte[] key)
    {
        (Tenant, Trigger, Key) = (tenant, trigger, key);
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

    /// <summary>See <see cref="Fingerprint.Key"/>.</summary>
    public byte[] Key { get; }

    /// <summary>Where the window began in which the rule held first; events from there on count. ns since 1970.</summary>
    public long From { get; private set; } = Never;

    /// <summary>The last event at which the rule held; ns since 1970.</summary>
    public long Held { get; private set; } = long.MinValue;

    /// <summary>The first event at which it held, by the order in which they happened; 0 where that was before the group was in memory.</summary>
    public ulong FiredAt { get; private set; }

    /// <summary>By which reading back of stored events it got some last, by its number.</summary>
    public long RecalledBy { get; set; }

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
        var place = PlaceOf(entry);
        there = place >= 0 ? entries[place] : default;
        return place >= 0;
    }

    /// <summary>Whether nothing can begin at a time any more, whatever comes: the rule held so shortly before.</summary>
    public bool IsWithinEpisode(long time) => Window.IsRising && since < time && time - Window.Span <= Held;

    /// <summary>Adds an event of before, which raises nothing.</summary>
    public void Recall(in WindowEntry entry)
    {
        var place = PlaceOf(entry);
        if (place < 0)
        {
            Put(~place, entry);
        }
        else
        {
            Replace(place, entry with { Inputs = entry.Inputs | entries[place].Inputs, Above = entries[place].Above ?? entry.Above });
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
        var place = PlaceOf(entry);
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
        var place = PlaceOf(entry);
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

    /// <summary>When the first event after a time happened; null when there is none.</summary>
    public long? FirstAfter(long time) => time < long.MaxValue && IndexOf(time + 1) is var place && place < count ? entries[place].Time : null;

    /// <summary>The events that happened in [from, to).</summary>
    public ReadOnlySpan<WindowEntry> EntriesOf(long from, long to) => entries.AsSpan(IndexOf(from)..(to == Never ? count : IndexOf(to)));
}
