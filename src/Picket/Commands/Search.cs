using System.CommandLine;
using System.Text.Json;
using Picket.Client;
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
        var oldest = new Option<bool>("--oldest-first") { Description = "The oldest first" };
        var command = new Command(
            "search", "Find events: coloured lines on a terminal, NDJSON in a pipe.\n\nExamples:\n  picket search timeout level:error\n  picket search '\"invalid password\" src_ip:10.0.0.0/8 last:1h'\n  picket search 'level:(error fatal) not app:web' --from 2026-01-20T00:00:00Z")
        {
            query, from, to, limit, oldest, url, key,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = new PicketClient(parsed.GetValue(url)!, parsed.GetValue(key));
            var request = Request(string.Join(' ', parsed.GetValue(query) ?? []), parsed.GetValue(from), parsed.GetValue(to), parsed.GetValue(limit), parsed.GetValue(oldest));
            var answer = await client.PostJsonAsync("/v1/logs/search", request, cancellation);
            foreach (var hit in answer.GetProperty("hits").EnumerateArray())
            {
                EventLine.Write(hit);
            }
            if (!Console.IsOutputRedirected)
            {
                var relation = answer.GetProperty("total_relation").GetString() == "gte" ? "at least " : "";
                await Console.Error.WriteLineAsync($"{answer.GetProperty("hits").GetArrayLength():N0} of {relation}{answer.GetProperty("total").GetInt64():N0} events");
            }
            return ExitCode.Done;
        });
        return command;
    }

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
