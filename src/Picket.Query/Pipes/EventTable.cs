using System.Text;
using Picket.Events;
using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Query.Store;

namespace Picket.Query.Pipes;

/// <summary>Makes a table of events: a column for each field that one of them has, the known ones first.</summary>
public static class EventTable
{
    private static readonly List<Field> Known = [.. EventSchema.Fields.Select(known => known.Field)];

    /// <summary>Reads up to <see cref="Limits.TableRows"/> events.</summary>
    /// <param name="pages">They are disposed.</param>
    /// <param name="fields">The columns; null for all fields there are.</param>
    public static async Task<Table> ReadAsync(IAsyncEnumerable<EventPage> pages, IReadOnlyList<Field>? fields)
    {
        var (rows, columns, isCut) = (new List<Dictionary<Field, Cell>>(), new HashSet<Field>(), false);
        await foreach (var page in pages)
        {
            using (page)
            {
                for (var row = 0; row < page.Batch.Count && !isCut; row++)
                {
                    isCut = rows.Count == Limits.TableRows;
                    if (!isCut)
                    {
                        rows.Add(CellsOf(page.Batch, row, fields ?? [EventSchema.Ts, .. page.Batch.Fields]));
                    }
                }
            }
            if (isCut)
            {
                break;
            }
        }
        rows.ForEach(row => columns.UnionWith(row.Keys));
        var ordered = fields ?? [.. columns.OrderBy(Place).ThenBy(field => field.Name, StringComparer.Ordinal)];
        return new Table([.. ordered.Select(field => field.Name)], [.. rows.Select(row => ordered.Select(field => row.GetValueOrDefault(field, Cell.None)).ToArray())]) { IsCut = isCut };
    }

    /// <summary>An event's value; none where it has none.</summary>
    public static Cell CellOf(EventRow row, Field field) =>
        row.Batch.TryGetTimes(field, out var times) ? new Cell(ValueKind.Instant, Instant.Format(times[row.Row])) : row.TryGet(field, out var value) ? Cell.Of(value) : Cell.None;

    private static Dictionary<Field, Cell> CellsOf(EventBatch batch, int row, IReadOnlyList<Field> fields)
    {
        var cells = new Dictionary<Field, Cell>();
        foreach (var field in fields)
        {
            if (field.Equals(Overflow.Field) && batch[row].TryGet(field, out var further))
            {
                for (var pairs = new Overflow.Pairs(further.Text); pairs.MoveNext();)
                {
                    cells[new Field(Encoding.UTF8.GetString(pairs.Name))] = Cell.Of(new Value(pairs.Kind, pairs.Text));
                }
                continue;
            }
            if (CellOf(batch[row], field) is { Text: not null } cell)
            {
                cells[field] = cell;
            }
        }
        return cells;
    }

    private static int Place(Field field) => Known.IndexOf(field) is var place && place < 0 ? int.MaxValue : place;
}
