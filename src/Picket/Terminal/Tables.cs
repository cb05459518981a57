using Spectre.Console;

namespace Picket.Terminal;

/// <summary>Rows for people in a drawn table on a terminal, and separated by tabs in a pipe.</summary>
public static class Tables
{
    public static void Write(string[] headers, IEnumerable<string[]> rows)
    {
        if (Console.IsOutputRedirected)
        {
            foreach (var row in rows)
            {
                Console.Out.WriteLine(string.Join('\t', row));
            }
            return;
        }
        var table = new Table().Border(TableBorder.Rounded).AddColumns(headers);
        foreach (var row in rows)
        {
            table.AddRow(Array.ConvertAll(row, Markup.Escape));
        }
        AnsiConsole.Write(table);
    }
}
