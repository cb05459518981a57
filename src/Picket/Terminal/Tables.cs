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
        WriteDrawn(headers, rows, new bool[headers.Length]);
    }

    /// <param name="isNumber">Which columns stand to the right.</param>
    public static void WriteDrawn(string[] headers, IEnumerable<string[]> rows, bool[] isNumber)
    {
        var table = new Table().Border(TableBorder.Rounded);
        for (var i = 0; i < headers.Length; i++)
        {
            table.AddColumn(new TableColumn(Markup.Escape(headers[i])) { Alignment = isNumber[i] ? Justify.Right : Justify.Left });
        }
        foreach (var row in rows)
        {
            table.AddRow(Array.ConvertAll(row, Markup.Escape));
        }
        AnsiConsole.Write(table);
    }
}
