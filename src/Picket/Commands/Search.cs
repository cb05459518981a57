using System.CommandLine;
using System.Text.Json;
using Picket.Client;
using Picket.Events;
using Picket.Events.Schema;
using Picket.Offline;
using Picket.Query;
using Picket.Query.Language;
using Picket.Query.Pipes;
using Picket.Query.Sorting;
using Picket.Terminal;

namespace Picket.Commands;

/// <summary><c>picket search</c>: events that a query finds, a line each.</summary>
internal static class Search
{
    public static Command Command()
    {
        var (url, key) = (Options.Url(), Options.Key());
        var query = new Argument<string[]>("query") { Description = "Words, \"phrases\", field:value and more (docs/query-language.md); none finds everything", Arity = ArgumentArity.ZeroOrMore };
        var from = new Option<string?>("--from") { Description = "Events from this time on" };
        var to = new Option<string?>("--to") { Description = "Events before this time" };
        var limit = new Option<int>("--limit", "-n") { Description = "Events to show, 1 to 1,000", DefaultValueFactory = _ => 50 };
        var data = new Option<string?>("--data") { Description = "Look into a data folder that no server uses" };
        var oldest = new Option<bool>("--oldest-first") { Description = "The oldest first" };
        var command = new Command(
            "search", "Find events: coloured lines on a terminal, NDJSON in a pipe.\n\nExamples:\n  picket search timeout level:error\n  picket search '\"invalid password\" src_ip:10.0.0.0/8 last:1h'\n  picket search 'level:(error fatal) not app:web' --from 2026-01-20T00:00:00Z\n  picket search --data /var/lib/picket-copy request_id:8f3a")
        {
            query, from, to, limit, oldest, data, url, key,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            if (parsed.GetValue(data) is { } folder)
            {
                var time = new TimeRange(Time("--from", parsed.GetValue(from), Instant.Min), Time("--to", parsed.GetValue(to), Instant.Max));
                await SearchFolderAsync(folder, QueryCommand.Parse(string.Join(' ', parsed.GetValue(query) ?? [])), time, parsed.GetValue(limit), parsed.GetValue(oldest), cancellation);
                return ExitCode.Done;
            }
            using var client = new PicketClient(parsed.GetValue(url)!, Options.KeyOf(parsed, key));
            var request = Request(string.Join(' ', parsed.GetValue(query) ?? []), parsed.GetValue(from), parsed.GetValue(to), parsed.GetValue(limit), parsed.GetValue(oldest));
            var answer = await client.PostJsonAsync("/v1/logs/search", request, cancellation);
            foreach (var hit in answer.GetProperty("hits").EnumerateArray())
            {
                EventLine.Write(hit);
            }
            FieldHints.Write(answer);
            if (!Console.IsOutputRedirected)
            {
                var relation = answer.GetProperty("total_relation").GetString() == "gte" ? "at least " : "";
                await Console.Error.WriteLineAsync($"{answer.GetProperty("hits").GetArrayLength():N0} of {relation}{answer.GetProperty("total").GetInt64():N0} events");
            }
            return ExitCode.Done;
        });
        return command;
    }

    private static async Task SearchFolderAsync(string folder, ParsedQuery query, TimeRange time, int limit, bool oldestFirst, CancellationToken cancellation)
    {
        var order = new Sort(new SortOrder([new SortKey(EventSchema.Ts, IsDescending: !oldestFirst)]));
        query = query with { Time = query.Time.And(time), Pipes = [order, new Head(Math.Clamp(limit, 1, Query.Limits.PageEvents))] };
        using var offline = new OfflineStore(folder);
        if (!await QueryCommand.RunAsync(offline.Store, query, new AnswerView(query, "auto"), cancellation))
        {
            await FieldHints.WriteAsync(offline.Store, query, cancellation);
        }
    }

    private static long Time(string option, string? text, long absent) => text is null ? absent
        : TimeText.TryParse(text, Instant.Now(TimeProvider.System), out var stretch) ? stretch.From
        : throw new CommandException(ExitCode.Usage, $"{option} must be a time such as 2026-01-20 or now-1h; it is {text}.");

    private static byte[] Request(string query, string? from, string? to, int limit, bool oldestFirst)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("query", query);
            json.WriteNumber("size", limit);
            json.WriteString("sort", oldestFirst ? "asc" : "desc");
            if (from is not null)
            {
                json.WriteString("from", from);
            }
            if (to is not null)
            {
                json.WriteString("to", to);
            }
            json.WriteEndObject();
        }
        return stream.ToArray();
    }
}
