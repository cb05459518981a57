using Picket.Events.Batches;

namespace Picket.Storage.Segments;

/// <summary>The order of rows in a block: by tenant, time and number.</summary>
internal static class RowOrder
{
    private readonly record struct Key(uint Tenant, long Time, ulong Seq) : IComparable<Key>
    {
        public int CompareTo(Key other)
        {
            if (Tenant != other.Tenant)
            {
                return Tenant.CompareTo(other.Tenant);
            }
            return Time != other.Time ? Time.CompareTo(other.Time) : Seq.CompareTo(other.Seq);
        }
    }

    /// <summary>Sorts, unless they are in order already, as events of one sender are.</summary>
    public static void Sort(IReadOnlyList<EventBatch> batches, Span<RowRef> rows)
    {
        var keys = new Key[rows.Length];
        var inOrder = true;
        for (var i = 0; i < rows.Length;)
        {
            var batch = rows[i].Batch;
            var tenants = batches[batch].Tenants;
            var times = batches[batch].Times;
            var seqs = batches[batch].Seqs;
            for (; i < rows.Length && rows[i].Batch == batch; i++)
            {
                keys[i] = new Key(tenants[rows[i].Row], times[rows[i].Row], seqs[rows[i].Row]);
                inOrder &= i == 0 || keys[i - 1].CompareTo(keys[i]) <= 0;
            }
        }
        if (!inOrder)
        {
            keys.AsSpan().Sort(rows);
        }
    }
}
