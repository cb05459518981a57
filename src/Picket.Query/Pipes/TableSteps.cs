using System.Text;
using Picket.Events;
using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Query.Aggregates;
using Picket.Query.Sorting;

namespace Picket.Query.Pipes;

/// <summary>What pipes do with a table. Filters and groups are those of events: the table is made a batch of them.</summary>
internal static class TableSteps
{
    public static Table Apply(this Table table, Pipe pipe, AnswerMemory memory) => pipe switch
    {
        Where where => table.Only(where.Filter),
        Keep keep => table.Keep([.. keep.Fields.Select(field => field.Name)]),
        Sort sort => table with { Rows = [.. table.Rows.Order(ComparerOf(table, sort.Order))] },
        Head head => table with { Rows = [.. table.Rows.Take(head.Rows)], IsCut = table.IsCut && table.Rows.Count < head.Rows },
        Grouping grouping => table.Group(grouping, memory),
        _ => throw new ArgumentException($"A pipe of an unknown kind: {pipe}.", nameof(pipe)),
    };

    private static Table Only(this Table table, Filter filter)
    {
        using var batch = table.ToBatch();
        var rows = new RowSet();
        new Matcher(filter).Match(batch, rows);
        return table with { Rows = [.. table.Rows.Where((_, row) => rows.Contains(row))] };
    }

    private static Table Keep(this Table table, IReadOnlyList<string> names)
    {
        var from = names.Select(table.IndexOf).ToArray();
        return table with { Columns = names, Rows = [.. table.Rows.Select(row => Array.ConvertAll(from, column => column < 0 ? Cell.None : row[column]))] };
    }

    private static Table Group(this Table table, Grouping grouping, AnswerMemory memory)
    {
        using var batch = table.ToBatch();
        var rows = new RowSet(batch.Count);
        rows.AddAll();
        var groups = new GroupTable(grouping.Aggregation, memory);
        groups.Add(batch, rows);
        return grouping.ToTable(groups.ToTable()) with { IsCut = table.IsCut };
    }

    private static Comparer<Cell[]> ComparerOf(Table table, SortOrder order)
    {
        var columns = order.Keys.Select(key => table.IndexOf(key.Field.Name)).ToArray();
        return Comparer<Cell[]>.Create((a, b) =>
        {
            for (var i = 0; i < columns.Length; i++)
            {
                var compared = columns[i] < 0 ? 0 : SortValue.Of(a[columns[i]]).CompareTo(SortValue.Of(b[columns[i]]), order.Keys[i].IsDescending);
                if (compared != 0)
                {
                    return compared;
                }
            }
            return 0;
        });
    }

    private static EventBatch ToBatch(this Table table)
    {
        using var builder = new EventBatchBuilder();
        var fields = table.Columns.Select(column => new Field(column)).ToArray();
        var (ts, received, level, severity) = (table.IndexOf(EventSchema.Ts.Name), table.IndexOf(EventSchema.ReceivedAt.Name), table.IndexOf(EventSchema.Level.Name), table.IndexOf(EventSchema.Severity.Name));
        foreach (var row in table.Rows)
        {
            builder.BeginEvent(TenantId.Default, Time(row, ts), Time(row, received), Code(row, level, Levels.Spellings, Levels.Info), Code(row, severity, Severities.Spellings, Severities.Info));
            for (var i = 0; i < fields.Length; i++)
            {
                if (row[i].Text is { } text && i != ts && i != received && i != level && i != severity)
                {
                    builder.Add(fields[i], row[i].Kind == ValueKind.Instant ? ValueKind.Text : row[i].Kind, Encoding.UTF8.GetBytes(text));
                }
            }
            builder.EndEvent([]);
        }
        return builder.Seal();
    }

    private static long Time(Cell[] row, int column) =>
        column >= 0 && row[column].Text is { } text && Events.Parsing.Timestamps.TryParse(Encoding.UTF8.GetBytes(text), out var instant, out _) ? instant : 0;

    private static byte Code(Cell[] row, int column, Spellings spellings, byte otherwise) =>
        column >= 0 && row[column].Text is { } text && spellings.TryRead(Encoding.UTF8.GetBytes(text), out var code, out _) ? code : otherwise;
}
