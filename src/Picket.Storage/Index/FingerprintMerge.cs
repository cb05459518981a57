using System.Runtime.InteropServices;

namespace Picket.Storage.Index;

/// <summary>An index to be merged, and for each of its blocks the number it has now, or −1 when it is gone.</summary>
internal sealed record IndexSource(FingerprintIndex Index, int[] Blocks);

/// <summary>Several indices and a run of new pairs, merged into one in a single pass over each; memory for one posting of each.</summary>
internal static class FingerprintMerge
{
    public static void Write(FingerprintWriter into, ReadOnlySpan<ulong> run, IReadOnlyList<IndexSource> sources)
    {
        var open = sources.Select(source => (Postings: source.Index.All().GetEnumerator(), source.Blocks)).ToArray();
        var live = new List<int>();
        for (var i = 0; i < open.Length; i++)
        {
            if (open[i].Postings.MoveNext())
            {
                live.Add(i);
            }
        }
        var blocks = new List<int>();
        var next = 0;
        while (next < run.Length || live.Count > 0)
        {
            var least = next < run.Length ? (uint)(run[next] >> 32) : uint.MaxValue;
            foreach (var i in live)
            {
                least = Math.Min(least, open[i].Postings.Current.Fingerprint);
            }
            blocks.Clear();
            for (; next < run.Length && (uint)(run[next] >> 32) == least; next++)
            {
                blocks.Add((int)(uint)run[next]);
            }
            for (var at = live.Count - 1; at >= 0; at--)
            {
                var (postings, map) = open[live[at]];
                if (postings.Current.Fingerprint != least)
                {
                    continue;
                }
                foreach (var block in postings.Current.Blocks)
                {
                    if (map[block] >= 0)
                    {
                        blocks.Add(map[block]);
                    }
                }
                if (!postings.MoveNext())
                {
                    postings.Dispose();
                    live.RemoveAt(at);
                }
            }
            if (blocks.Count > 0)
            {
                blocks.Sort();
                into.Add(least, CollectionsMarshal.AsSpan(blocks));
            }
        }
    }
}
