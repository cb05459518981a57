using System.Globalization;
using Picket.Events;
using Picket.Events.Parsing;
using Spectre.Console;

namespace Picket.Terminal;

/// <summary>Counts over time as bars, a line for each stretch, those without events too; groups in colours of their own.</summary>
internal static class HistogramView
{
    // Past so many lines, stretches without events are left out.
    private const int MostLines = 500;
    private const int LeastBar = 10;
    private static readonly string[] Colours = ["green", "yellow", "red", "blue", "purple", "teal", "orange3", "grey"];

    public static void Write(Query.Pipes.Table table, long interval)
    {
        var byTime = table.Rows.GroupBy(row => TimeOf(row[0])).ToDictionary(rows => rows.Key, rows => rows.ToArray());
        if (byTime.Count == 0)
        {
            Console.Out.WriteLine("no events");
            return;
        }
        var groups = table.Rows.Select(NameOf).Distinct().Order(StringComparer.Ordinal).ToList();
        var most = byTime.Values.Max(rows => rows.Sum(CountOf));
        var (first, last) = (byTime.Keys.Min(), byTime.Keys.Max());
        var times = (last - first) / interval < MostLines ? Enumerable.Range(0, (int)((last - first) / interval) + 1).Select(i => first + (i * interval)) : byTime.Keys.Order();
        var width = Math.Max(AnsiConsole.Profile.Width - 40, LeastBar);
        foreach (var time in times)
        {
            var rows = byTime.GetValueOrDefault(time, []);
            var bars = string.Concat(rows.OrderBy(NameOf, StringComparer.Ordinal).Select(row =>
                $"[{Colours[groups.IndexOf(NameOf(row)) % Colours.Length]}]{new string('█', Length(CountOf(row), most, width))}[/]"));
            AnsiConsole.MarkupLine(string.Create(CultureInfo.InvariantCulture, $"[grey]{Instant.Format(time)}[/] {rows.Sum(CountOf),10:N0} {bars}"));
        }
        if (groups.Count > 1 || groups[0].Length > 0)
        {
            AnsiConsole.MarkupLine(string.Join("  ", groups.Select((name, i) => $"[{Colours[i % Colours.Length]}]█[/] {Markup.Escape(name.Length > 0 ? name : "(none)")}")));
        }
    }

    private static int Length(long count, long most, int width) => (int)Math.Max(count * width / most, 1);

    private static string NameOf(Query.Cell[] row) => string.Join(", ", row[1..^1].Select(cell => cell.Text ?? ""));

    private static long CountOf(Query.Cell[] row) => long.Parse(row[^1].Text!, CultureInfo.InvariantCulture);

    private static long TimeOf(Query.Cell cell) => Timestamps.TryParse(System.Text.Encoding.UTF8.GetBytes(cell.Text!), out var instant, out _) ? instant : 0;
}
