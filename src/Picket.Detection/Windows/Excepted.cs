using Picket.Events.Batches;
using Picket.Query;

namespace Picket.Detection.Windows;

/// <summary>Which events of a batch a trigger does not look at: asked of a batch when one of them is. Not thread-safe.</summary>
internal sealed class Excepted
{
    private readonly Dictionary<Filter, (Matcher Matcher, RowSet Rows)> known = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<Filter> asked = new(ReferenceEqualityComparer.Instance);
    private EventBatch? of;

    public bool Has(Trigger trigger, EventRow row)
    {
        if (trigger.Rule.Except is not { } except)
        {
            return false;
        }
        if (!ReferenceEquals(of, row.Batch))
        {
            asked.Clear();
            of = row.Batch;
        }
        if (!known.TryGetValue(except, out var one))
        {
            known.Add(except, one = (new Matcher(except), new RowSet()));
        }
        if (asked.Add(except))
        {
            one.Matcher.Match(row.Batch, one.Rows);
        }
        return one.Rows.Contains(row.Row);
    }

    /// <summary>Forgets what the rules of before had, and the batch, which goes.</summary>
    public void Clear()
    {
        known.Clear();
        of = null;
    }
}
