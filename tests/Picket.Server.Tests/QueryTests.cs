namespace Picket.Server.Tests;

public sealed class QueryTests(RunningServer server)
{
    private async Task<string> SeedAsync()
    {
        var key = await server.NewTenantAsync();
        await server.PostAsync("/v1/ingest/jsonl", key, """
            {"ts":"2026-01-29T10:00:00Z","app":"web","level":"error","message":"say \"hi\", you","status":500}
            {"ts":"2026-01-29T11:00:00Z","app":"api","level":"info","message":"two\nlines","status":200}
            {"ts":"2026-01-29T12:00:00Z","app":"web","level":"info","message":"","status":200}
            """);
        return key;
    }

    private Task<Answer> AskAsync(string key, string query, string accept = "*/*") => server.PostAsync("/v1/query", key, query, ("Accept", accept));

    [Theory]
    [InlineData("application/x-ndjson", "{\"query\":\"* | count by app\"}", "{\"app\":\"web\",\"count\":2}\n{\"app\":\"api\",\"count\":1}\n", "application/x-ndjson")]
    [InlineData("*/*", "{\"query\":\"level:error | fields app, status, nothing\"}", "{\"app\":\"web\",\"status\":500}\n", "application/x-ndjson")]
    [InlineData("application/json", "{\"query\":\"* | top 1 status\"}", "{\"columns\":[\"status\",\"count\"],\"rows\":[[200,2]],\"is_cut\":false}", "application/json")]
    [InlineData("text/html, application/json;q=0.5, text/csv;q=0.9", "{\"query\":\"* | sort ts | fields ts, message, nothing\"}", "ts,message,nothing\r\n2026-01-29T10:00:00Z,\"say \"\"hi\"\", you\",\r\n2026-01-29T11:00:00Z,\"two\nlines\",\r\n2026-01-29T12:00:00Z,\"\",\r\n", "text/csv; charset=utf-8")]
    [InlineData("*/*", "{\"query\":\"* | count\",\"from\":\"2026-01-29T11:00:00Z\",\"to\":\"2026-01-29T12:00:00Z\"}", "{\"count\":1}\n", "application/x-ndjson")]
    [InlineData("*/*", "{\"query\":\"absent | fields app\"}", "", "application/x-ndjson")]
    public async Task An_answer_is_written_as_its_client_accepts_it(string accept, string body, string expected, string type)
    {
        var answer = await AskAsync(await SeedAsync(), body, accept);
        Assert.Equal((200, expected, type), (answer.Code, answer.Text, answer.Headers["Content-Type"]));
    }

    [Fact]
    public async Task Events_are_listed_whole_and_newest_first_however_many_there_are()
    {
        var key = await server.NewTenantAsync();
        for (var part = 0; part < 3; part++)
        {
            await server.PostAsync("/v1/ingest/jsonl", key, string.Join('\n', Enumerable.Range(part * 1_000, 1_000).Select(number => $"{{\"ts\":{1_700_000_000 + number},\"number\":{number}}}")));
        }
        var lines = (await AskAsync(key, "{\"query\":\"\"}")).Text.TrimEnd('\n').Split('\n');
        Assert.Equal(Enumerable.Range(0, 3_000).Reverse(), lines.Select(line =>
        {
            using var found = System.Text.Json.JsonDocument.Parse(line);
            return found.RootElement.GetProperty("fields").GetProperty("number").GetInt32();
        }));
    }

    [Theory]
    [InlineData("{\"query\":\"* | nothing\"}", "invalid_request")]
    [InlineData("{\"query\":\"\\\"open\"}", "invalid_request")]
    [InlineData("{\"query\":\"* | count by app | sort level\"}", "invalid_request")]
    [InlineData("{\"from\":\"2026-01-29T12:00:00Z\",\"to\":\"2026-01-29T10:00:00Z\"}", "invalid_parameter")]
    [InlineData("{\"query\":7,\"from\":{}}", "invalid_parameter")]
    [InlineData("[]", "invalid_request")]
    public async Task A_bad_question_is_refused_with_its_reason(string body, string word) => (await AskAsync(RunningServer.Admin, body)).IsError(400, word);

    [Theory]
    [InlineData("/v1/query", "{\"query\":\"app:web | top 5 status\",\"explain\":true}")]
    [InlineData("/v1/query", "{\"query\":\"app:web\",\"explain\":true}")]
    [InlineData("/v1/logs/search", "{\"query\":\"app:web\",\"explain\":true}")]
    [InlineData("/v1/logs/aggregate", "{\"query\":\"app:web\",\"group_by\":\"status\",\"explain\":true}")]
    public async Task A_question_can_be_explained(string path, string body)
    {
        var explained = (await server.PostAsync(path, await SeedAsync(), body)).Json.GetProperty("explain");
        Assert.Equal("app:web", explained.GetProperty("filter").GetString());
        Assert.True(explained.GetProperty("events_read").GetInt64() >= 3);
        Assert.True(explained.GetProperty("segments").GetInt64() >= explained.GetProperty("segments_passed_over").GetInt64());
    }

    [Fact]
    public async Task Fields_are_listed_with_their_types()
    {
        var answer = await server.GetAsync("/v1/fields?query=level:info", await SeedAsync());
        var fields = answer.Json.GetProperty("fields").EnumerateArray().ToDictionary(field => field.GetProperty("name").GetString()!, field => $"{field.GetProperty("count")} {field.GetProperty("types")}");
        Assert.Equal(("2 [\"integer\"]", "2 [\"text\"]", "2 [\"instant\"]"), (fields["status"], fields["message"], fields["ts"]));
        (await server.GetAsync("/v1/fields?query=(", await SeedAsync())).IsError(400, "invalid_request");
    }

    [Fact]
    public async Task What_nobody_can_read_is_refused() => (await AskAsync(RunningServer.Admin, "{}", "image/png")).IsError(406, "not_acceptable");

    [Theory]
    [InlineData("/v1/logs/search")]
    [InlineData("/v1/logs/aggregate")]
    [InlineData("/v1/logs/tail")]
    public async Task Pipes_are_refused_where_events_are_asked_for(string path) =>
        Assert.Contains("/v1/query", (await server.PostAsync(path, RunningServer.Admin, "{\"query\":\"* | count\",\"group_by\":\"app\"}")).IsError(400, "invalid_request").Text, StringComparison.Ordinal);

    [Fact]
    public async Task Questions_of_absurd_size_are_refused_at_once()
    {
        foreach (var query in (string[])[new string('a', 1_000_000), $"message:~\"{new string('(', 60_000)}\"", string.Concat(Enumerable.Repeat("(", 1_000)) + "a" + string.Concat(Enumerable.Repeat(")", 1_000)), "* " + string.Concat(Enumerable.Repeat("| head 5 ", 100))])
        {
            var body = System.Text.Encoding.UTF8.GetString(System.Text.Json.JsonEncodedText.Encode(query).EncodedUtf8Bytes);
            (await AskAsync(RunningServer.Admin, $"{{\"query\":\"{body}\"}}")).IsError(400, "invalid_request");
        }
    }

    [Fact]
    public async Task The_worst_questions_are_answered_or_refused_within_their_memory()
    {
        var key = await SeedAsync();
        foreach (var query in (string[])["* | count by ts, message, app, level, status", "message:~\".*.*.*.*.*\" | count", string.Join(" or ", Enumerable.Range(0, 10_000).Select(number => $"x{number}")) + " | count", "* | stats distinct(message), p99(status), p50(status) by message", "* | patterns", "* | distinct ts, message"])
        {
            Assert.Equal(200, (await AskAsync(key, $"{{\"query\":\"{System.Text.Json.JsonEncodedText.Encode(query)}\"}}")).Code);
        }
    }
}
