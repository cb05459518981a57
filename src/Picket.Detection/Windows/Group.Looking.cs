namespace Picket.Detection.Windows;

// Where the rule holds among the events.
internal sealed partial class Group
{
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
}
