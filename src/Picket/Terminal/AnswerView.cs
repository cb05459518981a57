using System.Globalization;
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

    /// <returns>Whether there was anything to show.</returns>
    public async Task<bool> ShowAsync(Stream answer, CancellationToken cancellation)
    {
        if (!isDrawn)
        {
            await using var plain = Console.OpenStandardOutput();
            var bytes = new byte[65_536];
            var (lines, read) = (0, 0);
            while ((read = await answer.ReadAsync(bytes, cancellation)) > 0)
            {
                lines += bytes.AsSpan(0, read).Count((byte)'\n');
                await plain.WriteAsync(bytes.AsMemory(0, read), cancellation);
            }
            return lines > (Format == AnswerFormat.Csv ? 1 : 0);
        }
        if (IsLines)
        {
            using var lines = new StreamReader(answer);
            var any = false;
            while (await lines.ReadLineAsync(cancellation) is { } line)
            {
                using var hit = JsonDocument.Parse(line);
                EventLine.Write(hit.RootElement);
                any = true;
            }
            return any;
        }
        using var json = await JsonDocument.ParseAsync(answer, default, cancellation);
        var table = Read(json.RootElement);
        Draw(table);
        return table.Rows.Any(row => row.Any(cell => cell.Text is not (null or "0")));
    }

    private void Draw(Query.Pipes.Table table)
    {
        if (query.Pipes is [.., Histogram histogram])
        {
            HistogramView.Write(table, histogram.Interval);
        }
        else
        {
            Tables.WriteDrawn([.. table.Columns], table.Rows.Select(row => Array.ConvertAll(row, Shown)), [.. table.Columns.Select((_, i) => table.Rows.All(row => row[i].Kind is ValueKind.Integer or ValueKind.Decimal or ValueKind.Null))]);
        }
        if (table.IsCut)
        {
            Console.Error.WriteLine($"Only the first {Query.Limits.TableRows:N0} are shown; narrow the query, or add | head.");
        }
    }

    // A mean or a percentile has more digits than anybody reads.
    private static string Shown(Cell cell) => cell.Kind == ValueKind.Decimal && cell.Text!.Contains('.', StringComparison.Ordinal) && double.TryParse(cell.Text, CultureInfo.InvariantCulture, out var number)
        ? number.ToString(Math.Abs(number) >= 1 ? "0.###" : "G4", CultureInfo.InvariantCulture)
        : cell.Text ?? "";

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
