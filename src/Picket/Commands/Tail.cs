using System.CommandLine;
using System.Text.Json;
using Picket.Client;
using Picket.Terminal;

namespace Picket.Commands;

/// <summary><c>picket tail</c>: events as they are stored, until Ctrl+C. A connection that breaks is made again, without losing or repeating an event.</summary>
internal static class Tail
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public static Command Command()
    {
        var (url, key) = (Options.Url(), Options.Key());
        var query = new Argument<string[]>("query") { Description = "Which events (docs/query-language.md); none shows all", Arity = ArgumentArity.ZeroOrMore };
        var output = new Option<string>("--output", "-o") { Description = "auto (lines on a terminal, NDJSON in a pipe) or json", DefaultValueFactory = _ => "auto" };
        output.AcceptOnlyFromAmong("auto", "json");
        var limit = new Option<int?>("--limit", "-n") { Description = "End after so many events" };
        var command = new Command("tail", "Show events as they are stored, until Ctrl+C.\n\nExamples:\n  picket tail\n  picket tail 'level:(error fatal) app:gateway*'\n  picket tail -o json src_ip:10.0.0.0/8 | jq .message") { query, output, limit, url, key };
        command.SetAction(async (parsed, cancellation) =>
        {
            var typed = string.Join(' ', parsed.GetValue(query) ?? []);
            var asked = QueryCommand.Parse(typed);
            using var client = new PicketClient(parsed.GetValue(url)!, Options.KeyOf(parsed, key));
            if (asked.Named.Count > 0)
            {
                // A mistyped field would be waited for in silence.
                await FieldHints.WriteAsync(client, asked, cancellation);
            }
            var state = new State { Left = parsed.GetValue(limit) ?? long.MaxValue, IsJson = parsed.GetValue(output) == "json" };
            while (state.Left > 0)
            {
                try
                {
                    await FollowAsync(client, typed, state, cancellation);
                }
                catch (Exception error) when (state.Last is not null && error is IOException or HttpRequestException || (state.Last is not null && error is CommandException { ExitCode: ExitCode.Failed }))
                {
                    await Console.Error.WriteLineAsync("The connection broke; trying again.");
                    await Task.Delay(Pause, TimeProvider.System, cancellation);
                }
            }
            return ExitCode.Done;
        });
        return command;
    }

    private sealed class State
    {
        /// <summary>The position after which to go on; null before the first answer.</summary>
        public string? Last { get; set; }

        public long Left { get; set; }

        public bool IsJson { get; init; }
    }

    private static async Task FollowAsync(PicketClient client, string query, State state, CancellationToken cancellation)
    {
        await using var answer = await client.PostForStreamAsync("/v1/logs/tail", PicketClient.Body(("query", query)), "text/event-stream", cancellation, state.Last);
        using var lines = new StreamReader(answer);
        var (id, isMissed) = ("", false);
        while (state.Left > 0 && await lines.ReadLineAsync(cancellation) is { } line)
        {
            if (line.StartsWith(": after ", StringComparison.Ordinal))
            {
                state.Last ??= line[": after ".Length..];
            }
            else if (line.StartsWith("id: ", StringComparison.Ordinal))
            {
                id = line["id: ".Length..];
            }
            else if (line == "event: missed")
            {
                isMissed = true;
            }
            else if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                using var data = JsonDocument.Parse(line["data: ".Length..]);
                if (isMissed)
                {
                    isMissed = false;
                    await Console.Error.WriteLineAsync($"{data.RootElement.GetProperty("missed").GetInt64():N0} events were left out, for they came faster than they could be shown.");
                    continue;
                }
                EventLine.Write(data.RootElement, state.IsJson);
                (state.Last, state.Left) = (id, state.Left - 1);
            }
        }
    }
}
