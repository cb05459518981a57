using System.Buffers;

namespace Picket.Detection.Windows;

// Which events are here: in the order in which they happened, and no more of them than are needed.
internal sealed partial class Group
{
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
        var isBelow = Trigger.Parents.Count > 0;
        var begins = isBelow ? Math.Max(From + Window.Span, since) : From + Window.Span;
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
            if (isBelow)
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
            }
        }
        entries.AsSpan(first, count - first).CopyTo(entries.AsSpan(kept));
        count -= first - kept;
        thinned?.RemoveAll(stretch => count == 0 || stretch.To + Window.Span < entries[0].Time);
        if ((entries.Length > 16 && count < entries.Length / 4) || count == 0)
        {
            Resize(count * 2);
        }
        Restart();
    }

    // Large ones are of the pool: those of busy groups grow and shrink all the time, and each new one would bring a collection of all there is.
    private void Resize(int capacity)
    {
        var resized = capacity >= PooledFrom ? ArrayPool<WindowEntry>.Shared.Rent(capacity) : capacity == 0 ? [] : new WindowEntry[capacity];
        entries.AsSpan(0, count).CopyTo(resized);
        if (entries.Length >= PooledFrom)
        {
            ArrayPool<WindowEntry>.Shared.Return(entries, clearArray: true);
        }
        entries = resized;
    }

    // The measure goes on standing for the window that ends with the last event.
    private void Put(int place, in WindowEntry entry)
    {
        if (count == entries.Length)
        {
            // Most groups have one.
            Resize(Math.Max(1, count * 2));
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

    // Has the measure stand for the last window again, and what is known of all for what is here.
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

    // Where an event is, or the complement of where it would be: mostly it is the last.
    private int PlaceOf(in WindowEntry entry) => count == 0 || entries[count - 1].CompareTo(entry) < 0 ? ~count : entries.AsSpan(0, count).BinarySearch(entry);

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
