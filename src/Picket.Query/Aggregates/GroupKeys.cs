using Picket.Events;
using Picket.Events.Batches;
using Picket.Query.Text;

namespace Picket.Query.Aggregates;

/// <summary>
/// The groups met so far, each with a small number. A grouped field's values get numbers of their own, an entry of a column once a batch; a group is found by the
/// numbers of its parts. With one field and no time buckets, a value's number is its group's. Not thread-safe.
/// </summary>
internal sealed class GroupKeys(Aggregation aggregation) : IDisposable
{
    private const int GroupBytes = 120;

    private readonly PartTable[] parts = [.. aggregation.GroupBy.Select(_ => new PartTable())];
    private readonly int[][] numbers = [.. aggregation.GroupBy.Select(_ => Array.Empty<int>())];
    private readonly byte[] pattern = new byte[aggregation.ByPattern ? MessagePattern.MostBytes : 0];
    private readonly List<Key> keys = [];

    // (the group of the parts before, this part) to the group of both; the first step is the time bucket.
    private readonly Dictionary<(int Before, long Part), int>[] steps = [.. Enumerable.Range(0, aggregation.GroupBy.Count + 1).Select(_ => new Dictionary<(int, long), int>())];
    private int[] ofRow = [];
    private int[] ofEntry = [];

    private readonly record struct Key(long From, int[] Parts);

    /// <summary>Whether there is one group of everything.</summary>
    public bool IsOne => parts.Length == 0 && aggregation.Interval == 0;

    private bool IsOnePart => parts.Length == 1 && aggregation.Interval == 0;

    /// <summary>Groups so far; not all of them need have events.</summary>
    public int Count => IsOne ? 1 : IsOnePart ? parts[0].Count : keys.Count;

    public long Bytes => parts.Sum(part => part.Bytes) + (keys.Count * (long)GroupBytes);

    public void Dispose() => Array.ForEach(parts, part => part.Dispose());

    /// <summary>Each row's group; what stands at rows that are not asked for means nothing. Valid until the next call.</summary>
    public ReadOnlySpan<int> Find(EventBatch batch, RowSet rows)
    {
        for (var part = 0; part < parts.Length; part++)
        {
            ReadNumbers(batch, rows, part);
        }
        if (IsOnePart)
        {
            return numbers[0];
        }
        if (ofRow.Length < batch.Count)
        {
            ofRow = new int[Math.Max(batch.Count, 8_192)];
        }
        if (!IsOne)
        {
            FindGroups(aggregation.Interval > 0 ? batch.Times : default, rows);
        }
        return ofRow;
    }

    public IReadOnlyList<Cell> ValuesOf(int group) => IsOne ? [] : IsOnePart ? [parts[0][group]] : [.. keys[group].Parts.Select((number, part) => parts[part][number])];

    /// <summary>Start of a group's time bucket; 0 without buckets.</summary>
    public long FromOf(int group) => IsOne || IsOnePart ? 0 : keys[group].From;

    /// <summary>This table's number for another's group.</summary>
    public int Map(GroupKeys other, int group)
    {
        if (IsOne)
        {
            return 0;
        }
        if (IsOnePart)
        {
            return MapPart(other, 0, group);
        }
        var theirs = other.keys[group];
        Span<int> mapped = stackalloc int[parts.Length];
        for (var part = 0; part < mapped.Length; part++)
        {
            mapped[part] = MapPart(other, part, theirs.Parts[part]);
        }
        return Find(theirs.From, mapped);
    }

    private int MapPart(GroupKeys other, int part, int number) => number == 0 ? 0 : parts[part].NumberOf(other.parts[part].ValueOf(number));

    private void FindGroups(ReadOnlySpan<long> times, RowSet rows)
    {
        // Rows next to each other are often of one group.
        Span<int> key = stackalloc int[parts.Length];
        Span<int> last = stackalloc int[parts.Length];
        var (lastFrom, group) = (-1L, -1);
        for (var row = rows.Next(0); row >= 0; row = rows.Next(row + 1))
        {
            for (var part = 0; part < key.Length; part++)
            {
                key[part] = numbers[part][row];
            }
            var from = times.IsEmpty ? 0 : times[row] - (times[row] % aggregation.Interval);
            if (group < 0 || from != lastFrom || !key.SequenceEqual(last))
            {
                group = Find(from, key);
                lastFrom = from;
                key.CopyTo(last);
            }
            ofRow[row] = group;
        }
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
                found = step == whole.Length ? keys.Count : steps[step].Count;
                steps[step].Add((before, part), found);
                if (step == whole.Length)
                {
                    keys.Add(new Key(from, whole.ToArray()));
                }
            }
            return found;
        }
    }

    // Each row's number of a grouped field; an entry is looked up once.
    private void ReadNumbers(EventBatch batch, RowSet rows, int part)
    {
        if (numbers[part].Length < batch.Count)
        {
            numbers[part] = new int[Math.Max(batch.Count, 8_192)];
        }
        var into = numbers[part].AsSpan(0, batch.Count);
        into.Clear();
        if (batch.TryGetTimes(aggregation.GroupBy[part], out var times))
        {
            ReadTimes(times, rows, parts[part], into);
            return;
        }
        if (!batch.TryGetColumn(aggregation.GroupBy[part], out var column))
        {
            return;
        }
        if (ofEntry.Length < column.Entries.Count)
        {
            ofEntry = new int[Math.Max(column.Entries.Count, 8_192)];
        }
        ofEntry.AsSpan(0, column.Entries.Count).Fill(-1);
        for (var i = 0; i < column.ValueCount; i++)
        {
            if (rows.Contains(column.Row(i)))
            {
                ref var number = ref ofEntry[column.Entry(i)];
                if (number < 0)
                {
                    number = NumberOf(parts[part], column.Entries[column.Entry(i)]);
                }
                into[column.Row(i)] = number;
            }
        }
    }

    private static void ReadTimes(ReadOnlySpan<long> times, RowSet rows, PartTable part, Span<int> into)
    {
        Span<byte> text = stackalloc byte[Instant.MaxLength];
        for (var row = rows.Next(0); row >= 0; row = rows.Next(row + 1))
        {
            into[row] = part.NumberOf(ValueKind.Instant, text[..Instant.Format(times[row], text)]);
        }
    }

    private int NumberOf(PartTable part, Value value) =>
        aggregation.ByPattern && value.Kind != ValueKind.Null ? part.NumberOf(ValueKind.Text, pattern.AsSpan(0, MessagePattern.Write(value.Text, pattern))) : part.NumberOf(value);
}
