namespace Picket.Storage.Cache;

/// <summary>
/// Parts kept within a budget of bytes; what was used longest ago goes first. Only what never changes under its key, so nothing in it is ever stale. Thread-safe.
/// </summary>
internal sealed class PartCache<TKey>(long capacity) : IDisposable where TKey : notnull
{
    private readonly Lock gate = new();
    private readonly Dictionary<TKey, LinkedListNode<(TKey Key, CachedPart Part)>> parts = [];
    private readonly LinkedList<(TKey Key, CachedPart Part)> byUse = [];
    private long bytes;
    private long hits;
    private long misses;

    public long Bytes => Interlocked.Read(ref bytes);
    public long Hits => Interlocked.Read(ref hits);
    public long Misses => Interlocked.Read(ref misses);

    /// <summary>The part, loaded if need be; the caller releases it. Two who miss at once both load, and one's is kept.</summary>
    public T Get<T>(TKey key, Func<T> load) where T : CachedPart
    {
        lock (gate)
        {
            if (parts.TryGetValue(key, out var node))
            {
                byUse.Remove(node);
                byUse.AddFirst(node);
                node.Value.Part.Hold();
                hits++;
                return (T)node.Value.Part;
            }
            misses++;
        }
        var part = load();
        lock (gate)
        {
            // One that would push out a quarter of everything else is not kept.
            if (part.Bytes <= capacity / 4 && !parts.ContainsKey(key))
            {
                part.Hold();
                parts.Add(key, byUse.AddFirst((key, part)));
                bytes += part.Bytes;
                while (bytes > capacity)
                {
                    Drop(byUse.Last!);
                }
            }
        }
        return part;
    }

    /// <summary>Lets go of parts that nobody will ask for any more.</summary>
    public void Forget(Predicate<TKey> gone)
    {
        lock (gate)
        {
            for (var node = byUse.First; node is not null;)
            {
                var next = node.Next;
                if (gone(node.Value.Key))
                {
                    Drop(node);
                }
                node = next;
            }
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            while (byUse.Last is { } last)
            {
                Drop(last);
            }
        }
    }

    private void Drop(LinkedListNode<(TKey Key, CachedPart Part)> node)
    {
        byUse.Remove(node);
        parts.Remove(node.Value.Key);
        bytes -= node.Value.Part.Bytes;
        node.Value.Part.Release();
    }
}
