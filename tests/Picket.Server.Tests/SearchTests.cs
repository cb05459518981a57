using System.Text.Json;
using Picket.Server.Access;

namespace Picket.Server.Tests;

public sealed class SearchTests(RunningServer server)
{
    private async Task<string> SeedAsync()
    {
        var key = await server.NewTenantAsync();
        var answer = await server.PostAsync("/v1/ingest/jsonl", key, """
            {"ts":"2026-01-29T10:00:00Z","service":"web","level":"error","message":"connection timeout","trace_id":"t1","host":"h1"}
            {"ts":"2026-01-29T11:00:00Z","service":"api","level":"WARNING","message":"slow timeout answer","src_ip":"9.9.9.9"}
            {"ts":"2026-01-29T12:00:00Z","source":"firewall-01","severity":"CRITICAL","message":"Port scan detected"}
            {"ts":"2026-01-29T13:00:00Z","host":"db-1","message":"timeoutish"}
            """);
        Assert.Equal(4, answer.Json.GetProperty("accepted").GetInt32());
        return key;
    }

    [Theory]
    [InlineData("""{"query":"timeout"}""", "11 10")]
    [InlineData("""{"query":"timeout","sort":"asc"}""", "10 11")]
    [InlineData("""{"query":"timeout","level":"error","size":10}""", "10")]
    [InlineData("""{"level":"warn"}""", "11")]
    [InlineData("""{"query":"\"slow timeout\" src_ip:9.9.9.9"}""", "11")]
    [InlineData("""{"service":"web","host":"h1","trace_id":"t1"}""", "10")]
    [InlineData("""{"from":"2026-01-29T11:00:00Z","to":"2026-01-29T13:00:00Z"}""", "12 11")]
    [InlineData("""{"query":"severity:critical"}""", "12")]
    [InlineData("""{"query":"*","size":1}""", "13")]
    [InlineData("""{"query":"level:(error warn) -slow"}""", "10")]
    [InlineData("""{"query":"timeout*"}""", "13 11 10")]
    [InlineData("""{"query":"ts:2026-01-29T11..2026-01-29T12"}""", "12 11")]
    [InlineData("""{"query":"ts:2026-01-29T11 or src_ip:* or host:h*"}""", "11 10")]
    [InlineData("""{"query":"message:~\"time.*er$\""}""", "11")]
    [InlineData("", "13 12 11 10")]
    public async Task A_search_finds(string body, string hours)
    {
        var answer = await server.PostAsync("/v1/logs/search", await SeedAsync(), body);
        Assert.Equal(hours, string.Join(' ', answer.Json.GetProperty("hits").EnumerateArray().Select(hit => hit.GetProperty("ts").GetString()![11..13])));
        Assert.Equal("eq", answer.Json.GetProperty("total_relation").GetString());
    }

    [Theory]
    [InlineData("""{"group_by":"level"}""", """[{"key":"error","count":1,"value":1},{"key":"fatal","count":1,"value":1},{"key":"info","count":1,"value":1},{"key":"warn","count":1,"value":1}]""")]
    [InlineData("""{"group_by":"level","top":1}""", """[{"key":"error","count":1,"value":1}]""")]
    [InlineData("""{"interval":"2h"}""", """[{"from":"2026-01-29T10:00:00Z","count":2,"value":2},{"from":"2026-01-29T12:00:00Z","count":2,"value":2}]""")]
    [InlineData("""{"interval":"1h","group_by":"app","query":"timeout"}""", """[{"from":"2026-01-29T10:00:00Z","count":1,"buckets":[{"key":"web","count":1,"value":1}]},{"from":"2026-01-29T11:00:00Z","count":1,"buckets":[{"key":"api","count":1,"value":1}]}]""")]
    [InlineData("""{"group_by":["app","level"],"level":"error"}""", """[{"key":["web","error"],"count":1,"value":1}]""")]
    [InlineData("""{"group_by":"source","metric":{"op":"count_distinct","field":"level"},"from":"2026-01-29T11:30:00Z"}""", """[{"key":null,"count":1,"value":1},{"key":"firewall-01","count":1,"value":1}]""")]
    [InlineData("""{"group_by":"host","metric":{"op":"avg","field":"nothing"},"query":"timeoutish"}""", """[{"key":"db-1","count":1,"value":null}]""")]
    public async Task An_aggregate_counts_and_measures(string body, string buckets)
    {
        var answer = await server.PostAsync("/v1/logs/aggregate", await SeedAsync(), body);
        Assert.Equal(buckets, answer.Json.GetProperty("buckets").GetRawText());
    }

    [Theory]
    [InlineData("/v1/logs/search", "{\"query\":\"levl:error\"}", "levl; did you mean level?")]
    [InlineData("/v1/logs/search", "{\"query\":\"level:error\",\"from\":\"2020-01-01\",\"to\":\"2020-01-02\"}", "no events at all")]
    [InlineData("/v1/logs/aggregate", "{\"query\":\"messge:a\",\"group_by\":\"app\"}", "messge; did you mean message?")]
    [InlineData("/v1/logs/search", "{\"query\":\"level:error absent\"}", null)]
    [InlineData("/v1/logs/search", "{\"query\":\"level:error or levl:error\"}", null)]
    public async Task An_answer_with_nothing_says_which_field_was_probably_meant(string path, string body, string? hint)
    {
        var answer = (await server.PostAsync(path, await SeedAsync(), body)).Json;
        Assert.Equal(hint is not null, answer.TryGetProperty("hints", out var hints));
        Assert.Contains(hint ?? "", hint is null ? "" : Assert.Single(hints.EnumerateArray()).GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}", "group_by")]
    [InlineData("""{"interval":"soon"}""", "interval")]
    [InlineData("""{"interval":"10ms"}""", "interval")]
    [InlineData("""{"group_by":5}""", "group_by")]
    [InlineData("""{"group_by":"app","top":0}""", "top")]
    [InlineData("""{"group_by":"app","metric":"count"}""", "metric")]
    [InlineData("""{"group_by":"app","metric":{"op":"median"}}""", "metric.op")]
    [InlineData("""{"group_by":"app","metric":{"op":"sum"}}""", "metric.field")]
    public async Task A_wrong_aggregate_is_refused_with_the_parameter(string body, string parameter)
    {
        var answer = await server.PostAsync("/v1/logs/aggregate", await server.NewTenantAsync(), body);
        Assert.Equal((System.Net.HttpStatusCode.BadRequest, "invalid_parameter"), (answer.Status, answer.Json.GetProperty("error").GetString()));
        Assert.StartsWith(parameter, answer.Json.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pages_follow_each_other()
    {
        var key = await SeedAsync();
        var (seen, cursor) = (new List<string>(), "null");
        while (true)
        {
            var answer = (await server.PostAsync("/v1/logs/search", key, $"{{\"size\":3,\"search_after\":{cursor}}}")).Json;
            seen.AddRange(answer.GetProperty("hits").EnumerateArray().Select(hit => hit.GetProperty("id").GetString()!));
            Assert.Equal(4, answer.GetProperty("total").GetInt32());
            if (answer.GetProperty("search_after").ValueKind == JsonValueKind.Null)
            {
                break;
            }
            cursor = answer.GetProperty("search_after").GetRawText();
        }
        Assert.Equal(4, seen.Distinct().Count());
        Assert.Equal(4, seen.Count);
    }

    [Theory]
    [InlineData("""{"size":-1}""", "invalid_parameter")]
    [InlineData("""{"size":"many"}""", "invalid_parameter")]
    [InlineData("""{"size":0}""", "invalid_parameter")]
    [InlineData("""{"sort":"up"}""", "invalid_parameter")]
    [InlineData("""{"from":"yesterday"}""", "invalid_parameter")]
    [InlineData("""{"search_after":[1]}""", "invalid_parameter")]
    [InlineData("""{"search_after":["AAAA"]}""", "invalid_parameter")]
    [InlineData("""{"from":"2026-01-30","to":"2026-01-29"}""", "invalid_parameter")]
    [InlineData("""{"query":"level:"}""", "invalid_request")]
    [InlineData("""{"query":"a:~\"((x{500}){500}){500}\""}""", "invalid_request")]
    [InlineData("""{"query":{"a":1}}""", "invalid_parameter")]
    [InlineData("""{"query":"\"open"}""", "invalid_request")]
    [InlineData("""[]""", "invalid_request")]
    [InlineData("""{""", "invalid_request")]
    public async Task A_bad_search_is_400(string body, string word) =>
        (await server.PostAsync("/v1/logs/search", await server.NewTenantAsync(), body)).IsError(400, word);

    [Fact]
    public async Task A_size_above_the_most_is_cut_and_said()
    {
        var answer = await server.PostAsync("/v1/logs/search", await SeedAsync(), """{"size":5000}""");
        Assert.Equal((200, "1000"), (answer.Code, answer.Headers["X-Limit"]));
    }

    [Fact]
    public async Task A_query_of_logs_counts_exactly_and_writes_its_dialect()
    {
        var key = await SeedAsync();
        const string range = "/api/v1/logs/query?start_time=2026-01-29T00:00:00Z&end_time=2026-01-30T00:00:00Z";
        var all = (await server.GetAsync(range, key)).Json;
        Assert.Equal((4, 4), (all.GetProperty("total").GetInt32(), all.GetProperty("count").GetInt32()));
        Assert.Equal(["db-1", "firewall-01", "api", "web"], all.GetProperty("logs").EnumerateArray().Select(log => log.GetProperty("source").GetString()!));
        Assert.Equal(["INFO", "CRITICAL", "MEDIUM", "HIGH"], all.GetProperty("logs").EnumerateArray().Select(log => log.GetProperty("severity").GetString()!));
        Assert.Equal(["id", "timestamp", "severity", "source", "message", "ingested_at"], all.GetProperty("logs")[0].EnumerateObject().Select(member => member.Name));
        Assert.Equal(2, (await server.GetAsync(range + "&severity=CRITICAL,high", key)).Json.GetProperty("total").GetInt32());
        Assert.Equal(1, (await server.GetAsync(range + "&source=db-1", key)).Json.GetProperty("total").GetInt32());
        var page = (await server.GetAsync(range + "&limit=2&offset=3", key)).Json;
        Assert.Equal((4, 1), (page.GetProperty("total").GetInt32(), page.GetProperty("count").GetInt32()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("?start_time=2026-01-29T00:00:00Z")]
    [InlineData("?start_time=x&end_time=2026-01-29T00:00:00Z")]
    [InlineData("?start_time=2026-01-29T00:00:00Z&end_time=2026-01-29T00:00:00Z")]
    [InlineData("?start_time=2026-01-29T00:00:00Z&end_time=2026-01-30T00:00:00Z&limit=-1")]
    [InlineData("?start_time=2026-01-29T00:00:00Z&end_time=2026-01-30T00:00:00Z&limit=x")]
    [InlineData("?start_time=2026-01-29T00:00:00Z&end_time=2026-01-30T00:00:00Z&offset=-1")]
    [InlineData("?start_time=2026-01-29T00:00:00Z&end_time=2026-01-30T00:00:00Z&severity=LOUD")]
    public async Task A_bad_query_of_logs_is_400(string query) =>
        (await server.GetAsync("/api/v1/logs/query" + query, await server.NewTenantAsync())).IsError(400, "invalid_parameter");

    [Fact]
    public async Task A_tenant_never_sees_anothers_events()
    {
        var (mine, theirs) = (await SeedAsync(), await server.NewTenantAsync());
        var id = (await server.AllAsync(mine))[0].GetProperty("id").GetString();
        Assert.Equal(200, (await server.GetAsync($"/events/{id}", mine)).Code);
        (await server.GetAsync($"/events/{id}", theirs)).IsError(404, "not_found");
        Assert.Empty(await server.AllAsync(theirs));
        Assert.Equal(0, (await server.GetAsync("/api/v1/logs/query?start_time=2000-01-01&end_time=2100-01-01", theirs)).Json.GetProperty("total").GetInt32());
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("00000000-0000-0000-0000-000000000000")]
    [InlineData("018d5f4e-7c00-7000-8000-000000000001")]
    public async Task An_unknown_event_is_404(string id) => (await server.GetAsync($"/events/{id}", await server.NewTenantAsync())).IsError(404, "not_found");

    [Theory]
    [InlineData("POST", "/v1/logs/search")]
    [InlineData("GET", "/events/x")]
    [InlineData("GET", "/api/v1/logs/query")]
    public async Task Search_needs_its_scope(string method, string path)
    {
        (await server.SendAsync(method, path, null, null)).IsError(401, "unauthorized");
        (await server.SendAsync(method, path, await server.NewTenantAsync(Scope.IngestLogs), null)).IsError(403, "insufficient_scope");
    }
}
