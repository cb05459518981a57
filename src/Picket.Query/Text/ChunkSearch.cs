using Picket.Events.Batches;

namespace Picket.Query.Text;

/// <summary>Looks for a needle in all of a column's text at once, not value by value: one search over a megabyte instead of a thousand calls.</summary>
public static class ChunkSearch
{
    /// <summary>Adds the entries that hold the needle, with whole words at the ends asked for.</summary>
    public static void Find(Entries entries, Needle needle, WholeEnds whole, RowSet into)
    {
        if (!needle.IsAscii || needle.Folded.Length == 0)
        {
            for (var entry = 0; entry < entries.Count; entry++)
            {
                if (Contains(entries[entry].Text, needle, whole))
                {
                    into.Add(entry);
                }
            }
            return;
        }
        var text = entries.Text;
        var ends = entries.Ends;
        var at = 0;
        var current = 0;
        while (true)
        {
            var found = needle.IndexIn(text[at..]);
            if (found < 0)
            {
                return;
            }
            at += found;
            current = Holding(ends, at, current);
            var start = entries.Start(current);
            var end = ends[current];
            if (at + needle.Folded.Length <= end
                && Words.IsWhole(text[start..end], at - start, at - start + needle.Folded.Length, whole))
            {
                into.Add(current);
                at = end;
            }
            else
            {
                at++;
            }
        }
    }

    public static bool Contains(ReadOnlySpan<byte> text, Needle needle, WholeEnds whole)
    {
        if (!needle.IsAscii)
        {
            text = CaseFold.Fold(text);
        }
        for (var at = 0; at <= text.Length;)
        {
            var found = needle.IndexIn(text[at..]);
            if (found < 0)
            {
                return false;
            }
            at += found;
            if (Words.IsWhole(text, at, at + needle.Folded.Length, whole))
            {
                return true;
            }
            at++;
        }
        return false;
    }

    // The entry that the byte at `at` belongs to; at or after `from`. Looks near first: hits are often close to each other.
    private static int Holding(ReadOnlySpan<int> ends, int at, int from)
    {
        var (low, step) = (from, 1);
        while (low + step < ends.Length && ends[low + step - 1] <= at)
        {
            low += step;
            step *= 2;
        }
        var high = Math.Min(low + step, ends.Length - 1);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            (low, high) = ends[middle] > at ? (low, middle) : (middle + 1, high);
        }
        return low;
    }
}
