using Picket.Events.Batches;
using Picket.Query.Store;

namespace Picket.Query.Aggregates;

/// <summary>
/// The groups of an aggregate as batches are added. Each grouped field's values get small numbers, an entry of a column once a batch; a group is found by the
/// numbers of its parts. Not thread-safe; several, filled side by side, are put together by <see cref="Merge"/>.
/// </summary>
public sealed class GroupTable(Aggregation aggregation, AnswerMemory memory)
{
    private const int GroupBytes = 160;
    private const int CountBytes = 8;

    private readonly PartTable[] parts = [.. aggregation.GroupBy.Select(_ => new PartTable())];
    private readonly List<Group> groups = [];

    // (the group of the parts before, this part) to the group of both; the first step is the time bucket.
    private readonly Dictionary<(int Before, long Part), int>[] steps = [.. Enumerable.Range(0, aggregation.GroupBy.Count + 1).Select(_ => new Dictionary<(int, long), int>())];
    private readonly int[][] numbers = [.. aggregation.GroupBy.Select(_ => Array.Empty<int>())];
    private long charged;

    // Events by one field alone: a count for each of its values needs no group.
    private bool IsOneCount => parts.Length == 1 && aggregation is { Interval: 0, Metric: { Operator: MetricOperator.Count, Field: null } };

    private long[] counts = [];

    private sealed record Group(int[] Key, long From, Accumulator Measure);

    /// <summary>Adds rows of a batch, each once or as often as <paramref name="weights"/> says.</summary>
    /// <exception cref="QueryException">There are too many groups, by number or by bytes.</exception>
    public void Add(EventBatch batch, RowSet rows, ReadOnlySpan<int> weights = default)
    {
        if (rows.IsEmpty)
        {
            return;
        }
        for (var i = 0; i < parts.Length; i++)
        {
            ReadNumbers(batch, rows, i);
        }
        var times = aggregation.Interval > 0 ? batch.Times : default;
        if (parts.Length == 0 && aggregation.Interval == 0)
        {
            AddToOne(batch, rows, weights);
        }
        else if (IsOneCount)
        {
            AddOneCounts(rows, weights);
        }
        else if (aggregation.Metric.Field is not null)
        {
            AddValues(batch, rows, times);
        }
        else
        {
            AddCounts(rows, times, weights);
        }
        Charge();
    }

    /// <summary>Adds events that are known only by their number; for an aggregate that neither groups nor measures a field.</summary>
    public void AddCount(long count) => groups[Find(0, default)].Measure.AddEvents(count);

    public void Merge(GroupTable other)
    {
        Span<int> mapped = stackalloc int[parts.Length];
        for (var number = 0; number < other.counts.Length; number++)
        {
            if (other.counts[number] > 0)
            {
                CountOf(MapPart(other, 0, number)) += other.counts[number];
            }
        }
        foreach (var group in other.groups)
        {
            for (var i = 0; i < parts.Length; i++)
            {
                mapped[i] = MapPart(other, i, group.Key[i]);
            }
            groups[Find(group.From, mapped)].Measure.Merge(group.Measure);
        }
        Charge();
    }

    private int MapPart(GroupTable other, int part, int number) => number == 0 ? 0 : parts[part].NumberOf(other.parts[part].TextOf(number));

    public AggregateTable ToTable()
    {
        var ofCounts = aggregation.Top > 0 ? LargestCounts() : Enumerable.Range(0, counts.Length).Where(number => counts[number] > 0);
        var rows = groups.Select(group => new AggregateRow(KeyOf(group), group.From, group.Measure.Count, group.Measure.Result))
            .Concat(ofCounts.Select(number => new AggregateRow([parts[0][number]], 0, counts[number], counts[number])));
        return aggregation.Top > 0
            ? new AggregateTable([.. rows.Order(Comparer<AggregateRow>.Create(Compare)).Take(aggregation.Top)])
            : new AggregateTable([.. rows.OrderBy(row => row.From).ThenBy(Order, StringComparer.Ordinal)]);
    }

    // Those that can be among the top, and those that are as large as the last of them.
    private IEnumerable<int> LargestCounts()
    {
        var best = new PriorityQueue<int, long>();
        for (var number = 0; number < counts.Length; number++)
        {
            if (counts[number] > 0 && (best.Count < aggregation.Top || best.TryPeek(out _, out var least) && counts[number] > least))
            {
                best.Enqueue(number, counts[number]);
                if (best.Count > aggregation.Top)
                {
                    best.Dequeue();
                }
            }
        }
        var last = best.TryPeek(out _, out var worst) ? worst : 0;
        return Enumerable.Range(0, counts.Length).Where(number => counts[number] > 0 && counts[number] >= last);
    }

    // The largest first; equal ones by time and then by their keys.
    private static int Compare(AggregateRow a, AggregateRow b)
    {
        var (ofA, ofB) = (double.IsNaN(a.Value) ? double.NegativeInfinity : a.Value, double.IsNaN(b.Value) ? double.NegativeInfinity : b.Value);
        return ofA != ofB ? ofB.CompareTo(ofA) : a.From != b.From ? a.From.CompareTo(b.From) : string.CompareOrdinal(Order(a), Order(b));
    }

    // No value comes before the empty text.
    private static string Order(AggregateRow row) => string.Join('\0', row.Key.Select(part => part is null ? "" : "\u0001" + part));

    private void AddOneCounts(RowSet rows, ReadOnlySpan<int> weights)
    {
        var ofRow = numbers[0];
        for (var row = rows.Next(0); row >= 0; row = rows.Next(row + 1))
        {
            CountOf(ofRow[row]) += weights.IsEmpty ? 1 : weights[row];
        }
    }

    private ref long CountOf(int number)
    {
        if (number >= counts.Length)
        {
            Array.Resize(ref counts, Math.Max(number + 1, Math.Min(Math.Max(counts.Length * 2, 1_024), Limits.Groups + 1)));
            if (number > Limits.Groups)
            {
                throw TooMany();
            }
        }
        return ref counts[number];
    }

    private static QueryException TooMany() =>
        new(QueryException.TooLarge, $"More than {Limits.Groups:N0} groups. Group by a field with fewer values, or narrow the time or the filter.");

    private string?[] KeyOf(Group group) => [.. group.Key.Select((number, i) => parts[i][number])];

    private void AddToOne(EventBatch batch, RowSet rows, ReadOnlySpan<int> weights)
    {
        var measure = groups[Find(0, default)].Measure;
        if (weights.IsEmpty)
        {
            measure.AddEvents(rows.Count);
        }
        for (var row = weights.IsEmpty ? -1 : rows.Next(0); row >= 0; row = rows.Next(row + 1))
        {
            measure.AddEvents(weights[row]);
        }
        if (aggregation.Metric.Field is not null)
        {
            var adder = new ValueAdder(batch, aggregation.Metric);
            for (var row = rows.Next(0); row >= 0; row = rows.Next(row + 1))
            {
                adder.AddTo(measure, row);
            }
        }
    }

    private void AddValues(EventBatch batch, RowSet rows, ReadOnlySpan<long> times)
    {
        var adder = new ValueAdder(batch, aggregation.Metric);
        Span<int> key = stackalloc int[parts.Length];
        for (var row = rows.Next(0); row >= 0; row = rows.Next(row + 1))
        {
            var measure = groups[Find(ReadKey(row, times, key), key)].Measure;
            measure.AddEvents(1);
            adder.AddTo(measure, row);
        }
    }

    private void AddCounts(RowSet rows, ReadOnlySpan<long> times, ReadOnlySpan<int> weights)
    {
        // Rows next to each other are often of one group.
        Span<int> key = stackalloc int[parts.Length];
        Span<int> last = stackalloc int[parts.Length];
        var (lastFrom, measure) = (-1L, (Accumulator?)null);
        for (var row = rows.Next(0); row >= 0; row = rows.Next(row + 1))
        {
            var from = ReadKey(row, times, key);
            if (measure is null || from != lastFrom || !key.SequenceEqual(last))
            {
                measure = groups[Find(from, key)].Measure;
                lastFrom = from;
                key.CopyTo(last);
            }
            measure.AddEvents(weights.IsEmpty ? 1 : weights[row]);
        }
    }

    private long ReadKey(int row, ReadOnlySpan<long> times, Span<int> key)
    {
        for (var i = 0; i < key.Length; i++)
        {
            key[i] = numbers[i][row];
        }
        return times.IsEmpty ? 0 : times[row] - (times[row] % aggregation.Interval);
    }

    private int Find(long from, ReadOnlySpan<int> key)
    {
        var at = Step(0, 0, from, key);
        for (var i = 0; i < key.Length; i++)
        {
            at = Step(i + 1, at, key[i], key);
        }
        return at;

        int Step(int step, int before, long part, ReadOnlySpan<int> whole)
        {
            if (!steps[step].TryGetValue((before, part), out var found))
            {
                found = step == whole.Length ? AddGroup(from, whole) : steps[step].Count;
                steps[step].Add((before, part), found);
            }
            return found;
        }
    }

    private int AddGroup(long from, ReadOnlySpan<int> key)
    {
        if (groups.Count == Limits.Groups)
        {
            throw TooMany();
        }
        groups.Add(new Group(key.ToArray(), from, Accumulator.For(aggregation.Metric)));
        return groups.Count - 1;
    }

    // Each row's number of a grouped field; an entry is looked up once.
    private void ReadNumbers(EventBatch batch, RowSet rows, int part)
    {
        var field = aggregation.GroupBy[part];
        if (numbers[part].Length < batch.Count)
        {
            numbers[part] = new int[Math.Max(batch.Count, 8_192)];
        }
        var into = numbers[part].AsSpan(0, batch.Count);
        into.Clear();
        if (!batch.TryGetColumn(field, out var column))
        {
            return;
        }
        Span<int> ofEntry = new int[column.Entries.Count];
        ofEntry.Fill(-1);
        for (var i = 0; i < column.ValueCount; i++)
        {
            if (rows.Contains(column.Row(i)))
            {
                ref var number = ref ofEntry[column.Entry(i)];
                if (number < 0)
                {
                    number = parts[part].NumberOf(column.Entries[column.Entry(i)]);
                }
                into[column.Row(i)] = number;
            }
        }
    }

    private void Charge()
    {
        var bytes = (counts.Length * (long)CountBytes) + (parts.Sum(part => part.Bytes)) + (groups.Count * (long)(GroupBytes + (groups.Count > 0 ? groups[0].Measure.MostBytes : 0)));
        memory.Take(bytes - charged);
        charged = bytes;
    }

    // A batch's values of the measured field, as numbers where it keeps them so.
    private readonly ref struct ValueAdder
    {
        private readonly Column column;
        private readonly Numbers numbers;
        private readonly bool hasColumn;
        private readonly bool hasNumbers;

        public ValueAdder(EventBatch batch, Metric metric)
        {
            hasNumbers = metric.Operator != MetricOperator.Distinct && batch.TryGetNumbers(metric.Field!, out numbers);
            hasColumn = !hasNumbers && batch.TryGetColumn(metric.Field!, out column);
        }

        public void AddTo(Accumulator measure, int row)
        {
            if (hasNumbers && numbers.TryGet(row, out var number))
            {
                measure.Add(number);
            }
            else if (hasColumn && column.TryGet(row, out var value))
            {
                measure.Add(value);
            }
        }
    }
}
