using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Picket.Query.Pipes;

namespace Picket.Server.Answers;

/// <summary>Comma-separated values (RFC 4180). A value that is not there is nothing between commas, the empty text <c>""</c>.</summary>
internal static class CsvAnswer
{
    private static readonly SearchValues<char> Special = SearchValues.Create(",\"\r\n");

    public static void Write(Table table, PipeWriter into)
    {
        WriteLine(table.Columns, into);
        foreach (var row in table.Rows)
        {
            WriteLine(row.Select(cell => cell.Text), into);
        }
    }

    private static void WriteLine(IEnumerable<string?> values, PipeWriter into) =>
        Encoding.UTF8.GetBytes(string.Join(',', values.Select(Quoted)) + "\r\n", into);

    private static string Quoted(string? value) => value switch
    {
        null => "",
        "" => "\"\"",
        _ => value.AsSpan().ContainsAny(Special) ? $"\"{value.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : value,
    };
}
