using System.Text.Json;
using Spectre.Console;

namespace Picket.Terminal;

/// <summary>One event on standard output: a coloured line on a terminal, its JSON in a pipe.</summary>
public static class EventLine
{
    public static void Write(JsonElement hit, bool isJson = false)
    {
        if (isJson || Console.IsOutputRedirected)
        {
            Console.Out.WriteLine(hit.GetRawText());
            return;
        }
        var level = Text(hit, "level");
        var colour = level switch { "fatal" or "error" => "red", "warn" => "yellow", "info" => "green", _ => "grey" };
        var who = string.Join(' ', new[] { Text(hit, "src_ip"), Text(hit, "user_id") }.Where(text => text.Length > 0));
        AnsiConsole.MarkupLineInterpolated($"[grey]{Text(hit, "ts")}[/] [{colour}]{level,-5}[/] [blue]{Text(hit, "app")}[/] {Text(hit, "message")} [grey]{who}[/]");
    }

    private static string Text(JsonElement hit, string name) => hit.TryGetProperty(name, out var value) ? value.ToString() : "";
}
