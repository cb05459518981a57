namespace Picket.Detection.Windows;

/// <summary>
/// Of which times all stored events that a rule matches are in memory, in stretches of time, both ends included. What arrives later is in memory anyway. Not thread-safe.
/// </summary>
/// <param name="span">The longest window over the rule's matches; ns.</param>
internal sealed class Coverage(long span)
{
    // Past it the oldest are forgotten, to be read back when they are needed.
    private const int MostStretches = 64;

    private readonly List<(long From, long To)> stretches = [];

    public long Span => span;

    /// <summary>The parts of a stretch that are not there.</summary>
    public IReadOnlyList<(long From, long To)> Missing(long from, long to)
    {
        var missing = new List<(long, long)>();
        foreach (var (begin, end) in stretches)
        {
            if (end < from || begin > to)
            {
                continue;
            }
            if (begin > from)
            {
                missing.Add((from, begin - 1));
            }
            if (end >= to)
            {
                return missing;
            }
            from = end + 1;
        }
        missing.Add((from, to));
        return missing;
    }

    public bool Covers(long from, long to) => StretchOf(from, to) is not null;

    /// <summary>The stretch in which another lies; null where it does not lie in one.</summary>
    public (long From, long To)? StretchOf(long from, long to)
    {
        foreach (var (begin, end) in stretches)
        {
            if (begin <= from && end >= to)
            {
                return (begin, end);
            }
        }
        return null;
    }

    public void Add(long from, long to)
    {
        for (var i = stretches.Count - 1; i >= 0; i--)
        {
            var (begin, end) = stretches[i];
            if (end >= from - 1 && begin <= to + 1)
            {
                (from, to) = (Math.Min(from, begin), Math.Max(to, end));
                stretches.RemoveAt(i);
            }
        }
        var place = stretches.FindIndex(stretch => stretch.From > from);
        stretches.Insert(place < 0 ? stretches.Count : place, (from, to));
        if (stretches.Count > MostStretches)
        {
            stretches.RemoveAt(0);
        }
    }

    public void Save(SnapshotWriter to)
    {
        to.Write7BitEncodedInt(stretches.Count);
        foreach (var (from, until) in stretches)
        {
            to.Write(from);
            to.Write(until);
        }
    }

    public void Restore(SnapshotReader from)
    {
        for (var left = from.Read7BitEncodedInt(); left > 0; left--)
        {
            Add(from.ReadInt64(), from.ReadInt64());
        }
    }

    /// <summary>Nothing before a time is there any more.</summary>
    public void Forget(long before)
    {
        for (var i = stretches.Count - 1; i >= 0; i--)
        {
            var (begin, end) = stretches[i];
            if (end < before)
            {
                stretches.RemoveAt(i);
            }
            else if (begin < before)
            {
                stretches[i] = (before, end);
            }
        }
    }
}
