using Picket.Events;
using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Query.Operators;

namespace Picket.Query;

/// <summary>
/// A filter ready to run over batches: operators look at a column's entries once, whatever the column's shape, and their answers are spread over
/// its rows. Keeps its scratch memory between batches; not thread-safe.
/// </summary>
public sealed class Matcher(Filter filter)
{
    private readonly Stack<RowSet> free = [];

    /// <summary>Makes <paramref name="rows"/> the rows of the batch for which the filter holds.</summary>
    public void Match(EventBatch batch, RowSet rows)
    {
        rows.Reset(batch.Count);
        Match(filter, batch, rows);
    }

    // Adds to an empty set of the batch's rows.
    private void Match(Filter part, EventBatch batch, RowSet rows)
    {
        switch (part)
        {
            case Filter.And and:
                rows.AddAll();
                foreach (var inner in and.Parts)
                {
                    if (rows.IsEmpty)
                    {
                        return;
                    }
                    Combine(inner, batch, rows, static (all, matched) => all.And(matched));
                }
                break;
            case Filter.Or or:
                foreach (var inner in or.Parts)
                {
                    Combine(inner, batch, rows, static (all, matched) => all.Or(matched));
                }
                break;
            case Filter.Not not:
                rows.AddAll();
                Combine(not.Part, batch, rows, static (all, matched) => all.Except(matched));
                break;
            case Filter.Term term when batch.TryGetTimes(term.Field, out var times):
                MatchTimes(times, term.Operator, rows);
                break;
            case Filter.Term { Operator: Exists } term:
                if (batch.TryGetColumn(term.Field, out var there))
                {
                    MatchColumn(there, term.Operator, rows);
                }
                Exists.MatchMembers(batch, term.Field, rows);
                break;
            case Filter.Term { Operator.ReadsNumbers: true } term when batch.TryGetNumbers(term.Field, out var numbers):
                term.Operator.Match(numbers, rows);
                break;
            case Filter.Term term when batch.TryGetColumn(term.Field, out var column):
                MatchColumn(column, term.Operator, rows);
                break;
            case Filter.AnyField any:
                MatchAnyField(any.Operator, batch, rows);
                break;
            case Filter.SameAs same:
                SameValue.Match(same, batch, rows);
                break;
        }
    }

    private void MatchAnyField(Operator op, EventBatch batch, RowSet rows)
    {
        foreach (var field in batch.Fields)
        {
            if (!EventSchema.IsAdded(field) && !field.Equals(Overflow.Field) && batch.TryGetColumn(field, out var column))
            {
                MatchColumn(column, op, rows);
            }
        }
        if (batch.TryGetColumn(Overflow.Field, out var overflow))
        {
            for (var i = 0; i < overflow.ValueCount; i++)
            {
                for (var pair = new Overflow.Pairs(overflow.Entries[overflow.Entry(i)].Text); pair.MoveNext();)
                {
                    if (op.Matches(new Value(pair.Kind, pair.Text)))
                    {
                        rows.Add(overflow.Row(i));
                    }
                }
            }
        }
    }

    private void Combine(Filter part, EventBatch batch, RowSet rows, Action<RowSet, RowSet> combine)
    {
        var matched = free.TryPop(out var kept) ? kept : new RowSet();
        matched.Reset(batch.Count);
        Match(part, batch, matched);
        combine(rows, matched);
        free.Push(matched);
    }

    private void MatchColumn(Column column, Operator op, RowSet rows)
    {
        if (column.Shape == ColumnShape.Text && column.IsDense)
        {
            op.Match(column.Entries, rows);
            return;
        }
        var entries = free.TryPop(out var kept) ? kept : new RowSet();
        entries.Reset(column.Entries.Count);
        op.Match(column.Entries, entries);
        if (!entries.IsEmpty)
        {
            for (var i = 0; i < column.ValueCount; i++)
            {
                if (entries.Contains(column.Entry(i)))
                {
                    rows.Add(column.Row(i));
                }
            }
        }
        free.Push(entries);
    }

    private static void MatchTimes(ReadOnlySpan<long> times, Operator op, RowSet rows)
    {
        Span<byte> text = stackalloc byte[Instant.MaxLength];
        for (var row = 0; row < times.Length; row++)
        {
            if (op.Matches(new Value(ValueKind.Instant, text[..Instant.Format(times[row], text)])))
            {
                rows.Add(row);
            }
        }
    }
}
