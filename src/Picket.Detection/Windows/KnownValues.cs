namespace Picket.Detection.Windows;

/// <summary>Values that were seen, and when last: of rules that look for new ones. What falls out of memory is asked of the store again. Not thread-safe.</summary>
internal sealed class KnownValues
{
    private readonly Dictionary<byte[], long> last = new(ByBytes.Instance);

    /// <summary>How many there are in memory.</summary>
    public int Count => last.Count;

    /// <summary>Whether one was seen so near to a time, before or after it; ns.</summary>
    public bool IsNear(ReadOnlySpan<byte> key, long time, long span) => last.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(key, out var seen) && Math.Abs(time - seen) <= span;

    /// <summary>One was seen.</summary>
    public void Add(ReadOnlySpan<byte> key, long time)
    {
        var known = last.GetAlternateLookup<ReadOnlySpan<byte>>();
        known[key] = known.TryGetValue(key, out var before) ? Math.Max(before, time) : time;
    }

    /// <summary>Keeps within the bound: the older half goes.</summary>
    /// <returns>How many went.</returns>
    public int Trim()
    {
        if (last.Count <= Limits.KnownValues)
        {
            return 0;
        }
        var gone = last.OrderBy(pair => pair.Value).Take(last.Count / 2).Select(pair => pair.Key).ToArray();
        foreach (var key in gone)
        {
            last.Remove(key);
        }
        return gone.Length;
    }

    public void Save(SnapshotWriter to)
    {
        to.Write7BitEncodedInt(last.Count);
        foreach (var (key, time) in last)
        {
            to.WriteBytes(key);
            to.Write(time);
        }
    }

    public void Restore(SnapshotReader from)
    {
        for (var left = from.Read7BitEncodedInt(); left > 0; left--)
        {
            Add(from.ReadBytes(), from.ReadInt64());
        }
    }

    /// <summary>Forgets all: other rules ask otherwise.</summary>
    public void Clear() => last.Clear();
}
