using Picket.Events;
using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Query;
using Picket.Query.Operators;

namespace Picket.Detection.Matching;

/// <summary>One event of a batch as conditions ask about it. What the indices say of a field is read when first asked for. Not thread-safe.</summary>
internal sealed class EventTerms(RuleSet rules)
{
    private readonly FoundValues found = new(rules);

    // The number of the event for which a predicate was found to hold, and for which an index was asked.
    private readonly long[] holds = new long[rules.IndexOfPredicate.Count];
    private readonly long[] asked = new long[rules.Indices.Count];

    // Of each index the places of its column's entries, one more than they are, and of which moment they are.
    private readonly int[][] places = [.. rules.Indices.Select(_ => Array.Empty<int>())];
    private readonly (long Batch, long Generation)[] placesOf = new (long, long)[rules.Indices.Count];

    private readonly (Matcher? Matcher, RowSet Rows, long Batch)[] swept = [.. Enumerable.Range(0, rules.Swept).Select(_ => ((Matcher?)null, new RowSet(), 0L))];
    private EventBatch batch = null!;
    private long batches;
    private long tick;

    public int Row { get; private set; }

    public FoundValues Found => found;

    public void Begin(EventBatch events)
    {
        batch = events;
        batches++;
    }

    public void End() => batch = null!;

    public void MoveTo(int row)
    {
        Row = row;
        tick++;
    }

    /// <summary>The place of what an index finds in a column's entry.</summary>
    public int PlaceOf(FieldIndex index, in Column column, int entry)
    {
        var number = index.Number;
        if (placesOf[number] != (batches, found.Generation))
        {
            if (places[number].Length < column.Entries.Count)
            {
                places[number] = new int[Math.Max(column.Entries.Count, 64)];
            }
            Array.Clear(places[number], 0, column.Entries.Count);
            placesOf[number] = (batches, found.Generation);
        }
        ref var place = ref places[number][entry];
        if (place == 0)
        {
            var looked = found.Look(index, column.Entries[entry]);
            if (placesOf[number].Generation != found.Generation)
            {
                return looked;
            }
            place = looked + 1;
        }
        return place - 1;
    }

    /// <summary>Whether an index finds a predicate to hold for the event.</summary>
    public bool Has(FieldIndex index, int predicate)
    {
        if (asked[index.Number] != tick)
        {
            asked[index.Number] = tick;
            Read(index);
        }
        return holds[predicate] == tick;
    }

    public bool TryGet(Field field, out Value value)
    {
        value = default;
        return batch.TryGetColumn(field, out var column) && column.TryGet(Row, out value);
    }

    /// <summary>Asks an operator about the event's value of a field, or of any.</summary>
    public bool Matches(Field? field, Operator op)
    {
        if (field is null)
        {
            return AnyMatches(op);
        }
        if (batch.TryGetTimes(field, out var times))
        {
            Span<byte> text = stackalloc byte[Instant.MaxLength];
            return op.Matches(new Value(ValueKind.Instant, text[..Instant.Format(times[Row], text)]));
        }
        return TryGet(field, out var value) && op.Matches(value);
    }

    /// <summary>Whether a term holds, which is asked of all of the batch at once.</summary>
    public bool Swept(int number, Filter.Term term)
    {
        ref var one = ref swept[number];
        if (one.Batch != batches)
        {
            one.Matcher ??= new Matcher(term);
            one.Matcher.Match(batch, one.Rows);
            one.Batch = batches;
        }
        return one.Rows.Contains(Row);
    }

    private void Read(FieldIndex index)
    {
        if (index.Field is { } field)
        {
            if (batch.TryGetColumn(field, out var column) && TryEntry(column, out var entry))
            {
                Mark(PlaceOf(index, column, entry));
            }
            return;
        }
        for (var values = new SentValues(batch, Row); values.MoveNext();)
        {
            Mark(found.Look(index, values.Current));
        }
    }

    private bool TryEntry(in Column column, out int entry)
    {
        var at = column.IsDense ? Row : column.Rows.BinarySearch(Row);
        entry = at >= 0 ? column.Entry(at) : -1;
        return at >= 0;
    }

    private void Mark(int place)
    {
        foreach (var predicate in found.PredicatesAt(place))
        {
            holds[predicate] = tick;
        }
    }

    private bool AnyMatches(Operator op)
    {
        for (var values = new SentValues(batch, Row); values.MoveNext();)
        {
            if (op.Matches(values.Current))
            {
                return true;
            }
        }
        return false;
    }
}
