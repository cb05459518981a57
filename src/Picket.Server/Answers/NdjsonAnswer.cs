using System.IO.Pipelines;
using System.Text.Json;
using Picket.Events.Batches;
using Picket.Query;
using Picket.Query.Pipes;
using Picket.Query.Store;
using Picket.Server.Dialects;
using Picket.Server.Http;

namespace Picket.Server.Answers;

/// <summary>A JSON object a line. Events come as they are found; a value that a row does not have is left out.</summary>
internal static class NdjsonAnswer
{
    private const int FlushBytes = 65_536;

    public static async Task WriteAsync(Answer answer, PipeWriter into, CancellationToken cancellation)
    {
        using var json = new Utf8JsonWriter(into, JsonAnswer.Options);
        if (answer is Answer.OfEvents events)
        {
            await foreach (var page in events.Pages.WithCancellation(cancellation))
            {
                using (page)
                {
                    for (var row = 0; row < page.Batch.Count; row++)
                    {
                        WriteEvent(json, page, row, events.Fields);
                        await EndLineAsync(json, into, cancellation);
                    }
                }
                await into.FlushAsync(cancellation);
            }
        }
        else if (answer is Answer.OfRows { Table: var table })
        {
            foreach (var row in table.Rows)
            {
                WriteRow(json, table, row);
                await EndLineAsync(json, into, cancellation);
            }
        }
        await into.FlushAsync(cancellation);
    }

    private static async ValueTask EndLineAsync(Utf8JsonWriter json, PipeWriter into, CancellationToken cancellation)
    {
        json.Flush();
        json.Reset();
        into.GetSpan(1)[0] = (byte)'\n';
        into.Advance(1);
        if (into.CanGetUnflushedBytes && into.UnflushedBytes > FlushBytes)
        {
            await into.FlushAsync(cancellation);
        }
    }

    private static void WriteEvent(Utf8JsonWriter json, EventPage page, int row, IReadOnlyList<Events.Schema.Field>? fields)
    {
        if (fields is null)
        {
            NativeDialect.Write(json, page.Batch[row], page.Log);
            return;
        }
        json.WriteStartObject();
        foreach (var field in fields)
        {
            WriteCell(json, field.Name, EventTable.CellOf(page.Batch[row], field));
        }
        json.WriteEndObject();
    }

    private static void WriteRow(Utf8JsonWriter json, Table table, Cell[] row)
    {
        json.WriteStartObject();
        for (var i = 0; i < row.Length; i++)
        {
            WriteCell(json, table.Columns[i], row[i]);
        }
        json.WriteEndObject();
    }

    private static void WriteCell(Utf8JsonWriter json, string name, Cell cell)
    {
        if (cell.Text is not null)
        {
            json.WritePropertyName(name);
            WriteValue(json, cell);
        }
    }

    /// <summary>A cell as JSON; null for none.</summary>
    internal static void WriteValue(Utf8JsonWriter json, Cell cell)
    {
        if (cell.Text is null)
        {
            json.WriteNullValue();
        }
        else if (cell.Kind is ValueKind.Text or ValueKind.DeepJson or ValueKind.Instant)
        {
            json.WriteStringValue(cell.Text);
        }
        else
        {
            json.WriteRawValue(cell.Text, skipInputValidation: true);
        }
    }
}
