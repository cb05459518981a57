using Picket.Storage.Segments;

namespace Picket.Storage.Merging;

/// <summary>
/// Which segments are to become one. Only those of one day and expiry go together; eight of about one size become one of the next, until it is large enough to be left
/// alone. So a row is copied a few times in its life, and files stay few.
/// </summary>
internal static class MergePlan
{
    /// <summary>The segments to merge next; none when all is well.</summary>
    /// <param name="segments">All that stand and are not being merged.</param>
    /// <param name="busyDay">The day that events come in for now; its small segments wait for more of their size.</param>
    public static IReadOnlyList<Segment> Next(IReadOnlyCollection<Segment> segments, int busyDay)
    {
        var crowded = segments.Count(segment => IsSmall(segment)) > Limits.SmallSegmentsWanted;
        IReadOnlyList<Segment> best = [];
        foreach (var alike in segments.Where(segment => segment.Bytes < Limits.MergedBytes).GroupBy(segment => (segment.Kind.Day, segment.Kind.ExpiryDay)))
        {
            foreach (var ofLevel in alike.GroupBy(segment => LevelOf(segment.Bytes)))
            {
                Consider(ofLevel, Limits.MergeSegments);
            }
            // Days gone by get no more of their size, and a crowd is thinned out wherever it can be.
            if (best.Count == 0 && (crowded || alike.Key.Day < busyDay))
            {
                Consider(alike.Where(segment => IsSmall(segment)), crowded ? 2 : Limits.MergeSegments / 2);
            }
        }
        return best;

        void Consider(IEnumerable<Segment> candidates, int least)
        {
            var chosen = new List<Segment>();
            var bytes = 0L;
            foreach (var segment in candidates.OrderBy(segment => segment.Bytes))
            {
                if (chosen.Count == Limits.MergeInputs || bytes + segment.Bytes > Limits.MergedBytes)
                {
                    break;
                }
                chosen.Add(segment);
                bytes += segment.Bytes;
            }
            if (chosen.Count >= least && chosen.Count > best.Count)
            {
                best = chosen;
            }
        }
    }

    /// <summary>Of those that make searches slow by their number.</summary>
    public static bool IsSmall(Segment segment) => segment.Bytes < Limits.SmallSegmentBytes;

    // Sizes by powers of eight.
    private static int LevelOf(long bytes) => (int)(Math.Log2(Math.Max(bytes, Limits.SmallSegmentBytes)) / 3);
}
