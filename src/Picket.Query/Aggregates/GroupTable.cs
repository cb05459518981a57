using Picket.Events;
using Picket.Events.Batches;
using Picket.Query.Store;

namespace Picket.Query.Aggregates;

/// <summary>The groups of an aggregate as batches are added. Not thread-safe; several, filled side by side, are put together by <see cref="Merge"/>.</summary>
/// <param name="memory">What it takes is charged to this, and given back with it.</param>
public sealed class GroupTable(Aggregation aggregation, AnswerMemory memory)
{
    private readonly GroupKeys keys = memory.Own(new GroupKeys(aggregation));
    private readonly Metric[] measured = [.. aggregation.Metrics.Where(metric => metric.Field is not null)];
    private readonly List<Accumulator>[] measures = [.. aggregation.Metrics.Where(metric => metric.Field is not null).Select(_ => new List<Accumulator>())];
    private readonly Accumulator.Growth grown = new();
    private long[] counts = new long[1];
    private long charged;

    /// <summary>Adds rows of a batch, each once or as often as <paramref name="weights"/> says.</summary>
    /// <exception cref="QueryException">There are too many groups, by number or by bytes.</exception>
    public void Add(EventBatch batch, RowSet rows, ReadOnlySpan<int> weights = default)
    {
        if (rows.IsEmpty)
        {
            return;
        }
        var groups = keys.Find(batch, rows);
        Reserve();
        if (keys.IsOne && weights.IsEmpty)
        {
            counts[0] += rows.Count;
        }
        else
        {
            Count(groups, rows, weights);
        }
        for (var i = 0; i < measured.Length; i++)
        {
            Measure(batch, groups, rows, i);
        }
        Charge();
    }

    /// <summary>Adds events that are known only by their number; for an aggregate that neither groups nor measures a field.</summary>
    public void AddCount(long count) => counts[0] += count;

    public void Merge(GroupTable other)
    {
        for (var group = 0; group < Math.Min(other.counts.Length, other.keys.Count); group++)
        {
            if (other.counts[group] == 0)
            {
                continue;
            }
            var own = keys.Map(other.keys, group);
            Reserve();
            counts[own] += other.counts[group];
            for (var i = 0; i < measured.Length; i++)
            {
                measures[i][own].Merge(other.measures[i][group]);
            }
        }
        Charge();
    }

    public AggregateTable ToTable()
    {
        var groups = Enumerable.Range(0, Math.Min(counts.Length, keys.Count)).Where(group => counts[group] > 0);
        var rows = (aggregation.Top > 0 ? Largest(groups) : groups).Select(group => new AggregateRow(keys.ValuesOf(group), keys.FromOf(group), counts[group], ValuesOf(group)));
        return aggregation.Top > 0
            ? new AggregateTable([.. rows.Order(Comparer<AggregateRow>.Create(Compare)).Take(aggregation.Top)])
            : new AggregateTable([.. rows.OrderBy(row => row.From).ThenBy(Order, StringComparer.Ordinal)]);
    }

    // Those that can be among the top, and those that are as large as the last of them.
    private IEnumerable<int> Largest(IEnumerable<int> groups)
    {
        var best = new PriorityQueue<int, double>();
        foreach (var group in groups)
        {
            var size = Size(ValueOf(group));
            if (best.Count < aggregation.Top)
            {
                best.Enqueue(group, size);
            }
            else if (best.TryPeek(out _, out var least) && size > least)
            {
                best.DequeueEnqueue(group, size);
            }
        }
        var last = best.TryPeek(out _, out var worst) ? worst : 0;
        return groups.Where(group => Size(ValueOf(group)) >= last);
    }

    private double ValueOf(int group) => aggregation.Metrics[0].Field is null ? counts[group] : measures[0][group].Result;

    private double[] ValuesOf(int group)
    {
        var next = 0;
        return [.. aggregation.Metrics.Select(metric => metric.Field is null ? counts[group] : measures[next++][group].Result)];
    }

    // The largest first; equal ones by time and then by their keys.
    private static int Compare(AggregateRow a, AggregateRow b)
    {
        var (ofA, ofB) = (Size(a.Values[0]), Size(b.Values[0]));
        return ofA != ofB ? ofB.CompareTo(ofA) : a.From != b.From ? a.From.CompareTo(b.From) : string.CompareOrdinal(Order(a), Order(b));
    }

    private static double Size(double value) => double.IsNaN(value) ? double.NegativeInfinity : value;

    // No value comes before the empty text.
    private static string Order(AggregateRow row) => string.Join('\0', row.Key.Select(part => part.Text is null ? "" : "\u0001" + part.Text));

    private void Count(ReadOnlySpan<int> groups, RowSet rows, ReadOnlySpan<int> weights)
    {
        for (var row = rows.Next(0); row >= 0; row = rows.Next(row + 1))
        {
            counts[groups[row]] += weights.IsEmpty ? 1 : weights[row];
        }
    }

    // Values as numbers where the batch keeps them so.
    private void Measure(EventBatch batch, ReadOnlySpan<int> groups, RowSet rows, int metric)
    {
        var (field, into) = (measured[metric].Field!, measures[metric]);
        if (batch.TryGetTimes(field, out var times))
        {
            MeasureTimes(times, groups, rows, into);
        }
        else if (measured[metric].Operator != MetricOperator.Distinct && batch.TryGetNumbers(field, out var numbers))
        {
            for (var row = rows.Next(0); row >= 0; row = rows.Next(row + 1))
            {
                if (numbers.TryGet(row, out var number))
                {
                    into[groups[row]].Add(number);
                }
            }
        }
        else if (batch.TryGetColumn(field, out var column))
        {
            for (var row = rows.Next(0); row >= 0; row = rows.Next(row + 1))
            {
                if (column.TryGet(row, out var value))
                {
                    into[groups[row]].Add(value);
                }
            }
        }
    }

    private static void MeasureTimes(ReadOnlySpan<long> times, ReadOnlySpan<int> groups, RowSet rows, List<Accumulator> into)
    {
        Span<byte> text = stackalloc byte[Instant.MaxLength];
        for (var row = rows.Next(0); row >= 0; row = rows.Next(row + 1))
        {
            into[groups[row]].Add(new Value(ValueKind.Instant, text[..Instant.Format(times[row], text)]));
        }
    }

    private void Reserve()
    {
        if (keys.Count > Limits.Groups)
        {
            throw new QueryException(QueryException.TooLarge, $"More than {Limits.Groups:N0} groups. Group by a field with fewer values, or narrow the time or the filter.");
        }
        if (keys.Count > counts.Length)
        {
            Array.Resize(ref counts, Math.Max(keys.Count, Math.Min(Math.Max(counts.Length * 2, 1_024), Limits.Groups)));
        }
        for (var i = 0; i < measured.Length; i++)
        {
            while (measures[i].Count < keys.Count)
            {
                measures[i].Add(Accumulator.For(measured[i], grown));
            }
        }
    }

    private void Charge()
    {
        var bytes = keys.Bytes + (counts.Length * sizeof(long)) + grown.Bytes;
        memory.Take(bytes - charged);
        charged = bytes;
    }
}
