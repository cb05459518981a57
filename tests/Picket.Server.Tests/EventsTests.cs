using System.Net;

namespace Picket.Server.Tests;

public sealed class EventsTests(RunningServer server)
{
    private async Task<string> SeedAsync()
    {
        var key = await server.NewTenantAsync();
        await server.PostAsync("/v1/ingest/jsonl", key, """
            {"ts":"2026-01-29T10:00:00Z","app":"web","level":"error","event_type":"login_failed","message":"Invalid password","user_id":"u1","src_ip":"9.9.9.9","http_path":"/login","http_status":401}
            {"ts":"2026-01-29T11:00:00Z","app":"api","level":"WARNING","event_type":"slow","message":"took long","request_id":"r-1","http_path":"/v1/login/x"}
            {"ts":"2026-01-29T12:00:00Z","app":"web","level":"critical","event_type":"crash","message":"out of memory"}
            {"ts":"2026-01-29T13:00:00Z","message":"no app"}
            """);
        return key;
    }

    [Theory]
    [InlineData("", "13 12 11 10")]
    [InlineData("?app=web", "12 10")]
    [InlineData("?app=web,api", "12 11 10")]
    [InlineData("?app=web&app=api&level=WARNING", "11")]
    [InlineData("?level=CRITICAL,ERROR", "12 10")]
    [InlineData("?event_type=slow", "11")]
    [InlineData("?user_id=u1&src_ip=9.9.9.9&http_status=401", "10")]
    [InlineData("?request_id=r-1", "11")]
    [InlineData("?q=LOGIN", "11 10")]
    [InlineData("?q=memory", "12")]
    [InlineData("?from=2026-01-29T11:00:00Z&to=2026-01-29T13:00:00Z", "12 11")]
    [InlineData("?limit=1", "13")]
    public async Task Parameters_choose_events(string parameters, string hours)
    {
        var answer = await server.GetAsync("/events" + parameters, await SeedAsync());
        Assert.Equal(hours, string.Join(' ', answer.Json.GetProperty("events").EnumerateArray().Select(found => found.GetProperty("ts").GetString()![11..13])));
    }

    [Fact]
    public async Task Levels_are_written_as_older_clients_know_them()
    {
        var events = (await server.GetAsync("/events", await SeedAsync())).Json.GetProperty("events");
        Assert.Equal(["INFO", "CRITICAL", "WARNING", "ERROR"], events.EnumerateArray().Select(found => found.GetProperty("level").GetString()!));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Pages_neither_skip_nor_repeat_while_events_arrive(bool byCursor)
    {
        var key = await server.NewTenantAsync();
        async Task Add(int from, int count) => await server.PostAsync("/v1/ingest/jsonl", key, string.Join('\n', Enumerable.Range(from, count).Select(
            number => $"{{\"ts\":\"2026-01-29T10:00:{number % 5:00}Z\",\"number\":{number}}}")));
        await Add(0, 25);
        var (seen, next) = (new List<int>(), "");
        for (var page = 0; page < 100; page++)
        {
            var answer = (await server.GetAsync($"/events?limit=4{next}", key)).Json;
            var events = answer.GetProperty("events").EnumerateArray().ToArray();
            seen.AddRange(events.Select(found => found.GetProperty("fields").GetProperty("number").GetInt32()));
            if (answer.GetProperty("next_cursor").GetString() is not { } cursor)
            {
                break;
            }
            next = byCursor ? $"&cursor={cursor}" : $"&before_ts={events[^1].GetProperty("ts").GetString()}&before_id={events[^1].GetProperty("id").GetString()}";
            await Add(1_000 + (page * 10), 3);
        }
        Assert.Equal(Enumerable.Range(0, 25), seen.Where(number => number < 1_000).Order());
        Assert.Equal(seen.Count, seen.Distinct().Count());
        // A cursor's pages are those of the first answer's moment.
        Assert.True(!byCursor || seen.Count == 25);
    }

    [Fact]
    public async Task A_cursor_is_good_for_its_tenant_and_unchanged_alone()
    {
        var (key, other) = (await SeedAsync(), await SeedAsync());
        var cursor = (await server.GetAsync("/events?limit=1", key)).Json.GetProperty("next_cursor").GetString()!;
        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync($"/events?limit=1&cursor={cursor}", key)).Status);
        (await server.GetAsync($"/events?limit=1&cursor={cursor}", other)).IsError(400, "invalid_parameter");
        for (var at = 0; at < cursor.Length; at += 7)
        {
            var changed = string.Concat(cursor.AsSpan(0, at), cursor[at] == 'A' ? "B" : "A", cursor.AsSpan(at + 1));
            (await server.GetAsync($"/events?limit=1&cursor={changed}", key)).IsError(400, "invalid_parameter");
        }
        (await server.PostAsync("/v1/logs/search", other, $"{{\"search_after\":[\"{cursor}\"]}}")).IsError(400, "invalid_parameter");
    }

    [Theory]
    [InlineData("?limit=-1")]
    [InlineData("?limit=x")]
    [InlineData("?from=yesterday")]
    [InlineData("?from=2026-01-30&to=2026-01-29")]
    [InlineData("?cursor=x")]
    [InlineData("?before_ts=2026-01-29")]
    [InlineData("?before_id=0")]
    public async Task A_wrong_parameter_is_named(string parameters) => (await server.GetAsync("/events" + parameters, await server.NewTenantAsync())).IsError(400, "invalid_parameter");

    [Fact]
    public async Task Values_there_are_to_choose_from()
    {
        var key = await SeedAsync();
        Assert.Equal("""["api","web"]""", (await server.GetAsync("/apps", key)).Text);
        Assert.Equal("""["crash","login_failed","slow"]""", (await server.GetAsync("/event-types", key)).Text);
        Assert.Equal("""["crash","login_failed"]""", (await server.GetAsync("/event-types?app=web", key)).Text);
        Assert.Equal("""{"field":"app","values":[{"value":"web","count":2},{"value":"api","count":1}]}""", (await server.GetAsync("/v1/fields/service/values", key)).Text);
        Assert.Equal("""{"field":"app","values":[{"value":"web","count":1}]}""", (await server.GetAsync("/v1/fields/app/values?query=level:error%20or%20level:warn&q=E&limit=1", key)).Text);
        Assert.Equal("""{"field":"http_status","values":[{"value":"401","count":1}]}""", (await server.GetAsync("/v1/fields/http_status/values?to=2026-01-29T11:00:00Z", key)).Text);
        (await server.GetAsync("/v1/fields/app/values?query=(", key)).IsError(400, "invalid_request");
    }

    [Theory]
    [InlineData("GET", "/events")]
    [InlineData("GET", "/apps")]
    [InlineData("GET", "/event-types")]
    [InlineData("GET", "/v1/fields/app/values")]
    [InlineData("GET", "/v1/fields")]
    [InlineData("POST", "/v1/query")]
    [InlineData("GET", "/api/v1/logs/query?start_time=2026-01-01&end_time=2027-01-01")]
    [InlineData("POST", "/v1/logs/search")]
    [InlineData("POST", "/v1/logs/aggregate")]
    public async Task A_tenant_sees_nothing_of_another(string method, string path)
    {
        await SeedAsync();
        var stranger = await server.NewTenantAsync();
        var answer = method == "GET" ? await server.GetAsync(path, stranger) : await server.PostAsync(path, stranger, """{"group_by":"app"}""");
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        foreach (var word in (string[])["web", "api", "login", "memory", "u1"])
        {
            Assert.DoesNotContain($"\"{word}", answer.Text, StringComparison.Ordinal);
        }
        (await server.GetAsync("/events", await server.NewTenantAsync("ingest:logs"))).IsError(403, "insufficient_scope");
    }
}
