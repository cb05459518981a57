using System.Text.Json;
using Picket.Events.Batches;
using Picket.Query;
using Picket.Query.Language;
using Picket.Query.Pipes;
using Picket.Server.Answers;

namespace Picket.Terminal;

/// <summary>Shows the answer to a query: drawn for people, or as it is for programs.</summary>
/// <param name="query">What was asked.</param>
/// <param name="output"><c>auto</c>, <c>table</c>, <c>json</c> or <c>csv</c>.</param>
internal sealed class AnswerView(ParsedQuery query, string output)
{
    private readonly bool isDrawn = output == "table" || (output == "auto" && !Console.IsOutputRedirected);

    /// <summary>Events as lines, not as a table.</summary>
    private bool IsLines => output == "auto" && !query.Pipes.Any(pipe => pipe is Grouping or Keep);

    /// <summary>The form it wants the answer in.</summary>
    public AnswerFormat Format => output == "csv" ? AnswerFormat.Csv : isDrawn && !IsLines ? AnswerFormat.Table : AnswerFormat.Ndjson;

    public async Task ShowAsync(Stream answer, CancellationToken cancellation)
    {
        if (!isDrawn)
        {
            await using var plain = Console.OpenStandardOutput();
            await answer.CopyToAsync(plain, cancellation);
        }
        else if (IsLines)
        {
            using var lines = new StreamReader(answer);
            while (await lines.ReadLineAsync(cancellation) is { } line)
            {
                using var hit = JsonDocument.Parse(line);
                EventLine.Write(hit.RootElement);
            }
        }
        else
        {
            using var table = await JsonDocument.ParseAsync(answer, default, cancellation);
            Draw(Read(table.RootElement));
        }
    }

    private void Draw(Query.Pipes.Table table)
    {
        if (query.Pipes is [.., Histogram histogram])
        {
            HistogramView.Write(table, histogram.Interval);
        }
        else
        {
            Tables.WriteDrawn([.. table.Columns], table.Rows.Select(row => Array.ConvertAll(row, cell => cell.Text ?? "")), [.. table.Columns.Select((_, i) => table.Rows.All(row => row[i].Kind is ValueKind.Integer or ValueKind.Decimal or ValueKind.Null))]);
        }
        if (table.IsCut)
        {
            Console.Error.WriteLine($"Only the first {Query.Limits.TableRows:N0} are shown; narrow the query, or add | head.");
        }
    }

    private static Query.Pipes.Table Read(JsonElement table) => new(
        [.. table.GetProperty("columns").EnumerateArray().Select(column => column.GetString()!)],
        [.. table.GetProperty("rows").EnumerateArray().Select(row => row.EnumerateArray().Select(ReadCell).ToArray())])
    { IsCut = table.GetProperty("is_cut").GetBoolean() };

    private static Cell ReadCell(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => Cell.None,
        JsonValueKind.Number => new Cell(ValueKind.Decimal, value.GetRawText()),
        JsonValueKind.String => Cell.OfText(value.GetString()),
        _ => new Cell(ValueKind.Json, value.GetRawText()),
    };
}
