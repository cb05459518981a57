using System.Runtime.CompilerServices;

namespace Picket.Detection.Matching;

/// <summary>
/// Finds all of many texts in one pass over bytes (Aho and Corasick, 1975). States are numbered breadth first, so the children of one lie beside each other and a state costs
/// 17 bytes: a table of all bytes for each would be faster by a little and larger by twenty times. Immutable, thread-safe.
/// </summary>
internal sealed class LiteralAutomaton
{
    private const int Root = 0;

    // Of each state: the byte that leads into it, its first child (the last is before the next state's first), where to go on when no child fits,
    // the text that ends here, and the next shorter state where one ends.
    private readonly byte[] labels;
    private readonly int[] children;
    private readonly int[] falls;
    private readonly int[] endings;
    private readonly int[] shorter;
    private readonly int[] fromRoot = new int[256];

    /// <param name="texts">Distinct, none empty; a text's number is its place.</param>
    public LiteralAutomaton(IReadOnlyList<byte[]> texts)
    {
        var order = Enumerable.Range(0, texts.Count).ToArray();
        Array.Sort(order, (a, b) => texts[a].AsSpan().SequenceCompareTo(texts[b]));
        // A state is a range of the sorted texts that begin alike.
        var (ranges, first) = (new List<(int From, int To, int Depth)> { (0, order.Length, 0) }, new List<int>());
        var (bytes, ends, fall) = (new List<byte> { 0 }, new List<int> { -1 }, new List<int> { Root });
        for (var state = 0; state < ranges.Count; state++)
        {
            var (from, to, depth) = ranges[state];
            first.Add(ranges.Count);
            if (depth > 0 && texts[order[from]].Length == depth)
            {
                ends[state] = order[from++];
            }
            while (from < to)
            {
                var label = texts[order[from]][depth];
                var next = from + 1;
                while (next < to && texts[order[next]][depth] == label)
                {
                    next++;
                }
                ranges.Add((from, next, depth + 1));
                bytes.Add(label);
                ends.Add(-1);
                fall.Add(state);
                from = next;
            }
        }
        first.Add(ranges.Count);
        (labels, children, endings) = ([.. bytes], [.. first], [.. ends]);
        falls = [.. fall];
        shorter = new int[falls.Length];
        for (var child = children[Root]; child < children[Root + 1]; child++)
        {
            fromRoot[labels[child]] = child;
            falls[child] = Root;
        }
        // Parents come before their children: until here a deeper state's fall was its parent.
        for (var state = children[Root + 1]; state < falls.Length; state++)
        {
            falls[state] = Step(falls[falls[state]], labels[state]);
        }
        for (var state = 1; state < falls.Length; state++)
        {
            shorter[state] = endings[falls[state]] >= 0 ? falls[state] : shorter[falls[state]];
        }
    }

    /// <summary>Bytes it holds.</summary>
    public long Bytes => (labels.Length * 17L) + 1_024;

    /// <summary>The state behind one more byte; begin with 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Step(int state, byte next)
    {
        while (state != Root)
        {
            var start = children[state];
            var count = children[state + 1] - start;
            if (count == 1)
            {
                if (labels[start] == next)
                {
                    return start;
                }
            }
            else if (count > 1)
            {
                var at = labels.AsSpan(start, count).IndexOf(next);
                if (at >= 0)
                {
                    return start + at;
                }
            }
            state = falls[state];
        }
        return fromRoot[next];
    }

    /// <summary>The longest state that ends a text at this one; 0 for none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Ending(int state) => endings[state] >= 0 ? state : shorter[state];

    /// <summary>The text that ends at a state of <see cref="Ending"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int TextAt(int ending) => endings[ending];

    /// <summary>The next shorter one that ends at the same place; 0 for none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Shorter(int ending) => shorter[ending];
}
