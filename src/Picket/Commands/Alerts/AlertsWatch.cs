using System.CommandLine;
using System.Text.Json;
using Picket.Client;
using Picket.Terminal;
using Spectre.Console;

namespace Picket.Commands.Alerts;

/// <summary><c>picket alerts watch</c>: alerts as they are raised, until Ctrl+C.</summary>
internal static class AlertsWatch
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public static Command Command()
    {
        var (url, key) = (Options.Url(), Options.Key());
        var all = new Option<bool>("--all") { Description = "Changes too: further events, acknowledged, closed" };
        var limit = new Option<int?>("--limit", "-n") { Description = "End after so many" };
        var command = new Command("watch", "Show alerts as they are raised, until Ctrl+C: lines on a terminal, JSON in a pipe.\n\nExamples:\n  picket alerts watch\n  picket alerts watch --all | jq .title") { all, limit, url, key };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = new PicketClient(parsed.GetValue(url)!, Options.KeyOf(parsed, key));
            var (left, isConnected) = (parsed.GetValue(limit) ?? int.MaxValue, false);
            while (left > 0)
            {
                try
                {
                    await using var answer = await client.GetForStreamAsync("/v1/alerts/stream", "text/event-stream", cancellation);
                    isConnected = true;
                    left = await FollowAsync(answer, parsed.GetValue(all), left, cancellation);
                }
                catch (Exception error) when (isConnected && error is IOException or HttpRequestException || (isConnected && error is CommandException { ExitCode: ExitCode.Failed }))
                {
                    // It broke; what was raised meanwhile is in the list.
                }
                if (left > 0)
                {
                    await Console.Error.WriteLineAsync("The connection broke; trying again. What was raised meanwhile is in picket alerts list.");
                    await Task.Delay(Pause, TimeProvider.System, cancellation);
                }
            }
            return ExitCode.Done;
        });
        return command;
    }

    private static async Task<int> FollowAsync(Stream answer, bool all, int left, CancellationToken cancellation)
    {
        using var lines = new StreamReader(answer);
        var kind = "";
        while (left > 0 && await lines.ReadLineAsync(cancellation) is { } line)
        {
            if (line.StartsWith("event: ", StringComparison.Ordinal))
            {
                kind = line["event: ".Length..];
            }
            else if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                using var data = JsonDocument.Parse(line["data: ".Length..]);
                if (kind == "missed")
                {
                    await Console.Error.WriteLineAsync($"{data.RootElement.GetProperty("missed").GetInt64():N0} were left out, for they came faster than they could be shown.");
                }
                else if (all || kind == "raised")
                {
                    Write(data.RootElement);
                    left--;
                }
            }
        }
        return left;
    }

    private static void Write(JsonElement alert)
    {
        if (Console.IsOutputRedirected)
        {
            Console.Out.WriteLine(alert.GetRawText());
            return;
        }
        var severity = Text(alert, "severity");
        var colour = severity switch { "critical" or "high" => "red", "medium" => "yellow", _ => "grey" };
        AnsiConsole.MarkupLineInterpolated($"[grey]{Text(alert, "last_seen")}[/] [{colour}]{severity,-8}[/] {Text(alert, "title")} [blue]{Text(alert, "entity")}[/] [grey]{Text(alert, "count")} events, {Text(alert, "state")}[/]");
    }

    private static string Text(JsonElement of, string name) => of.GetProperty(name).ToString();
}
