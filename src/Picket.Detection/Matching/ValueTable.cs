namespace Picket.Detection.Matching;

/// <summary>
/// Numbers for texts, each under a tag: what has been found out about a value met before. Texts lie in one array, so that nothing is allocated for a text once the table has
/// its size. Bounded; what is done at the bound is the owner's to say. Not thread-safe.
/// </summary>
internal sealed class ValueTable(int mostTexts, int mostBytes)
{
    private const int Free = 0;
    private Entry[] entries = new Entry[64];
    private int[] slots = new int[128];
    private byte[] bytes = new byte[4_096];
    private int used;

    private record struct Entry(int Hash, int Tag, int Start, int Length, int Number);

    public int Count { get; private set; }

    public bool IsFull => Count >= mostTexts || used >= mostBytes;

    /// <summary>Forgets all, and keeps the memory.</summary>
    public void Clear()
    {
        Array.Clear(slots);
        (Count, used) = (0, 0);
    }

    public bool TryGet(int tag, ReadOnlySpan<byte> text, out int number)
    {
        var hash = HashOf(tag, text);
        for (var slot = hash & (slots.Length - 1); slots[slot] != Free; slot = (slot + 1) & (slots.Length - 1))
        {
            ref var entry = ref entries[slots[slot] - 1];
            if (entry.Hash == hash && entry.Tag == tag && bytes.AsSpan(entry.Start, entry.Length).SequenceEqual(text))
            {
                number = entry.Number;
                return true;
            }
        }
        number = 0;
        return false;
    }

    /// <summary>Adds a text that is not there; not when it is full.</summary>
    public void Add(int tag, ReadOnlySpan<byte> text, int number)
    {
        if (IsFull || text.Length > mostBytes - used)
        {
            return;
        }
        Grow(text.Length);
        text.CopyTo(bytes.AsSpan(used));
        entries[Count++] = new Entry(HashOf(tag, text), tag, used, text.Length, number);
        used += text.Length;
        Place(Count - 1);
    }

    private void Grow(int more)
    {
        if (used + more > bytes.Length)
        {
            Array.Resize(ref bytes, Math.Min(Math.Max(bytes.Length * 2, used + more), mostBytes));
        }
        if (Count == entries.Length)
        {
            Array.Resize(ref entries, Math.Min(Count * 2, mostTexts));
            slots = new int[slots.Length * 2];
            for (var entry = 0; entry < Count; entry++)
            {
                Place(entry);
            }
        }
    }

    private void Place(int entry)
    {
        var slot = entries[entry].Hash & (slots.Length - 1);
        while (slots[slot] != Free)
        {
            slot = (slot + 1) & (slots.Length - 1);
        }
        slots[slot] = entry + 1;
    }

    // Of another seed in each process, so that nobody can send texts that all fall into one place.
    private static int HashOf(int tag, ReadOnlySpan<byte> text)
    {
        var hash = default(HashCode);
        hash.Add(tag);
        hash.AddBytes(text);
        return hash.ToHashCode();
    }
}
