using System.Text.Json;
using Picket.Server.Access;

namespace Picket.Server.Tests;

public sealed class BacktestTests(RunningServer server)
{
    private const string Jobs = "/v1/alerts/rules/backtest";
    private const string Rules = "/v1/alerts/rules";

    [Fact]
    public async Task A_backtest_finds_the_alerts_that_were_raised_when_the_events_came()
    {
        var key = await server.NewTenantAsync();
        Assert.Equal(201, (await server.PostAsync(Rules, key, """{"id":"distinct","name":"d","query":"event_type:login_failed","group_by":"host","distinct":"user_id","threshold":3,"window_seconds":600}""")).Code);
        Assert.Equal(201, (await server.PostAsync(Rules, key, """{"id":"each","name":"e","query":"http_status:>=500","group_by":"src_ip"}""")).Code);
        var random = new Random(7);
        var start = DateTime.UtcNow.AddMinutes(-50);
        for (var batch = 0; batch < 20; batch++)
        {
            await IngestAsync(key, [.. Enumerable.Range(0, 50).Select(_ =>
                $"{{\"ts\":\"{start.AddSeconds(random.Next(1_800)):O}\",\"event_type\":\"{(random.Next(3) == 0 ? "login_failed" : "login")}\",\"src_ip\":\"10.0.0.{random.Next(5)}\",\"user_id\":\"u{random.Next(4)}\",\"host\":\"h{random.Next(3)}\",\"http_status\":{(random.Next(40) == 0 ? 500 : 200)}}}")]);
        }
        await SettledAsync(key);
        var raised = (await server.GetAsync("/v1/alerts?limit=1000", key)).Json.GetProperty("alerts").EnumerateArray().Select(Shown).Order().ToArray();
        Assert.True(raised.Length > 5);
        var outcome = (await DoneAsync(key, Jobs, "{}")).GetProperty("saved");
        Assert.Equal(raised.Length, outcome.GetProperty("alerts").GetInt32());
        Assert.Equal(raised, outcome.GetProperty("top").EnumerateArray().Select(Shown).Order());
        foreach (var rule in raised.GroupBy(alert => alert.Split(':')[0]))
        {
            var one = (await DoneAsync(key, $"{Rules}/{rule.Key}/backtest", "{}")).GetProperty("saved");
            Assert.Equal(rule.ToArray(), one.GetProperty("top").EnumerateArray().Select(Shown).Order());
            Assert.Equal(rule.Count(), one.GetProperty("days").EnumerateArray().Sum(day => day.GetProperty("alerts").GetInt32()));
            Assert.All(one.GetProperty("top").EnumerateArray().Take(10), alert => Assert.NotEqual(JsonValueKind.Undefined, alert.GetProperty("sample").ValueKind));
        }
    }

    [Fact]
    public async Task A_draft_beside_the_rule_that_is_saved_tells_what_differs()
    {
        var key = await server.NewTenantAsync();
        await IngestAsync(key, [.. Failed("1.1.1.1", 5), .. Failed("2.2.2.2", 9), .. Failed("3.3.3.3", 3)]);
        var job = await DoneAsync(key, $"{Rules}/login_failed_spike/backtest", """{"rule":{"title":"t","query":"event_type:login_failed -src_ip:1.1.1.1","group_by":"src_ip","threshold":3}}""");
        Assert.Equal((2, 2), (Count(job, "saved"), Count(job, "draft")));
        var difference = job.GetProperty("difference");
        Assert.Equal((1, 1, 1), (difference.GetProperty("added").GetProperty("alerts").GetInt32(), difference.GetProperty("gone").GetProperty("alerts").GetInt32(), difference.GetProperty("kept").GetInt32()));
        Assert.Equal("login_failed_spike:3.3.3.3", difference.GetProperty("added").GetProperty("top")[0].GetProperty("fingerprint").GetString());
        // What an exception would hide.
        var exception = job.GetProperty("saved").GetProperty("exceptions").EnumerateArray().Single(of => of.GetProperty("value").GetString() == "2.2.2.2");
        Assert.Equal(("src_ip", 1, 9), (exception.GetProperty("field").GetString(), exception.GetProperty("hides").GetInt32(), exception.GetProperty("events").GetInt32()));
        // A draft alone, in YAML, and one that is a correlation of what is saved.
        Assert.Equal(3, Count(await DoneAsync(key, Jobs, """{"rule":"title: t\nquery: event_type:login_failed\ngroup_by: src_ip\n"}"""), "draft"));
        Assert.Equal(201, (await server.PostAsync(Rules, key, "title: failed\nid: failed\nlogsource: {product: p}\ndetection: {a: {event_type: login_failed}, condition: a}\n")).Code);
        var correlation = """{"rule":{"title":"c","correlation":{"type":"value_count","rules":["failed"],"group-by":["event_type"],"timespan":"1h","condition":{"gte":3,"field":"src_ip"}}}}""";
        Assert.Equal("draft:login_failed", (await DoneAsync(key, Jobs, correlation)).GetProperty("draft").GetProperty("top")[0].GetProperty("fingerprint").GetString());
    }

    [Fact]
    public async Task Applied_it_raises_what_is_not_there_once_and_further_events_count()
    {
        var key = await server.NewTenantAsync();
        await IngestAsync(key, [.. Failed("1.1.1.1", 4), .. Failed("2.2.2.2", 2)]);
        await SettledAsync(key);
        Assert.Equal(201, (await server.PostAsync(Rules, key, """{"id":"hunt","name":"h","query":"event_type:login_failed","group_by":"src_ip","threshold":3,"window_seconds":600,"tags":["t"]}""")).Code);
        await SettledAsync(key);
        Assert.Empty(await AlertsAsync(key));
        for (var twice = 0; twice < 2; twice++)
        {
            var applied = (await DoneAsync(key, $"{Rules}/hunt/backtest", """{"apply":true}""")).GetProperty("applied");
            Assert.Equal((1 - twice, twice), (applied.GetProperty("raised").GetInt32(), applied.GetProperty("known").GetInt32()));
        }
        var alert = Assert.Single(await AlertsAsync(key));
        Assert.Equal(("hunt:1.1.1.1", 4), (alert.GetProperty("fingerprint").GetString(), alert.GetProperty("count").GetInt32()));
        Assert.Equal(["t", "retro"], alert.GetProperty("tags").EnumerateArray().Select(tag => tag.GetString()));
        var shown = (await server.GetAsync($"/v1/alerts/{alert.GetProperty("id").GetString()}", key)).Json;
        Assert.Equal((4, 4), (shown.GetProperty("event_ids").GetArrayLength(), shown.GetProperty("events").GetArrayLength()));
        await IngestAsync(key, [.. Failed("1.1.1.1", 1)]);
        await SettledAsync(key);
        Assert.Equal(5, Assert.Single(await AlertsAsync(key)).GetProperty("count").GetInt32());
        // One that was closed and is of that time is not raised again.
        Assert.Equal(200, (await server.PostAsync($"/v1/alerts/{alert.GetProperty("id").GetString()}/close", key, "")).Code);
        Assert.Equal(0, (await DoneAsync(key, $"{Rules}/hunt/backtest", """{"apply":true}""")).GetProperty("applied").GetProperty("raised").GetInt32());
    }

    [Theory]
    [InlineData("", "[]", 400, "invalid_request")]
    [InlineData("", "{", 400, "invalid_request")]
    [InlineData("", """{"from":"x"}""", 400, "invalid_parameter")]
    [InlineData("", """{"from":"2026-01-02","to":"2026-01-01"}""", 400, "invalid_parameter")]
    [InlineData("", """{"until":"2026-01-02"}""", 400, "invalid_parameter")]
    [InlineData("", """{"apply":true}""", 400, "invalid_parameter")]
    [InlineData("login_failed_spike/", """{"apply":"yes"}""", 400, "invalid_parameter")]
    [InlineData("login_failed_spike/", """{"apply":true,"rule":{"title":"t","query":"x:1"}}""", 400, "invalid_parameter")]
    [InlineData("", """{"rule":{"title":"t","query":"x:("}}""", 400, "validation_failed")]
    [InlineData("", """{"rule":{"title":"t","correlation":{"type":"temporal","rules":["nowhere"],"timespan":"5m"}}}""", 400, "validation_failed")]
    [InlineData("nowhere/", "{}", 404, "not_found")]
    public async Task What_makes_no_sense_is_refused(string rule, string body, int status, string error) =>
        (await server.PostAsync($"{Rules}/{rule}backtest", await server.NewTenantAsync(), body)).IsError(status, error);

    [Fact]
    public async Task A_backtest_is_its_tenants_alone_needs_its_scope_and_can_be_cancelled()
    {
        var (key, other) = (await server.NewTenantAsync(), await server.NewTenantAsync());
        await IngestAsync(key, [.. Failed("1.1.1.1", 5)]);
        var begun = await server.PostAsync(Jobs, key, "{}");
        Assert.Equal((202, begun.Headers["Location"]), (begun.Code, $"{Jobs}/{begun.Json.GetProperty("id").GetString()}"));
        var path = begun.Headers["Location"];
        (await server.GetAsync(path, other)).IsError(404, "not_found");
        (await server.SendAsync("DELETE", path, other, null)).IsError(404, "not_found");
        Assert.Equal(0, (await server.GetAsync(Jobs, other)).Json.GetProperty("backtests").GetArrayLength());
        Assert.Equal(1, (await server.GetAsync(Jobs, key)).Json.GetProperty("backtests").GetArrayLength());
        // Another's events are not among those looked at.
        Assert.Equal(0, Count(await DoneAsync(other, Jobs, "{}"), "saved"));
        Assert.Equal(200, (await server.SendAsync("DELETE", path, key, null)).Code);
        Assert.Contains((await EndedAsync(key, path)).GetProperty("state").GetString(), (string[])["cancelled", "done"]);
        var reader = await server.NewTenantAsync(Scope.AlertsRead);
        (await server.PostAsync(Jobs, reader, "{}")).IsError(403, "insufficient_scope");
        (await server.PostAsync($"{Rules}/login_failed_spike/backtest", reader, "{}")).IsError(403, "insufficient_scope");
        (await server.SendAsync("DELETE", path, reader, null)).IsError(403, "insufficient_scope");
        (await server.GetAsync(Jobs, await server.NewTenantAsync(Scope.SearchLogs))).IsError(403, "insufficient_scope");
        (await server.GetAsync(path, null)).IsError(401, "unauthorized");
    }

    private static IEnumerable<string> Failed(string address, int times) => Enumerable.Repeat($"{{\"event_type\":\"login_failed\",\"src_ip\":\"{address}\"}}", times);

    private static string Shown(JsonElement alert) =>
        $"{alert.GetProperty("fingerprint").GetString()} {alert.GetProperty("count").GetInt32()} {alert.GetProperty("first_seen").GetString()} {alert.GetProperty("last_seen").GetString()}";

    private static int Count(JsonElement job, string of) => job.GetProperty(of).GetProperty("alerts").GetInt32();

    private async Task<JsonElement> DoneAsync(string key, string path, string body)
    {
        var begun = await server.PostAsync(path, key, body);
        Assert.True(begun.Code == 202, begun.Text);
        var ended = await EndedAsync(key, begun.Headers["Location"]);
        Assert.True(ended.GetProperty("state").GetString() == "done", ended.GetRawText());
        return ended;
    }

    private async Task<JsonElement> EndedAsync(string key, string path)
    {
        while (true)
        {
            var job = (await server.GetAsync(path, key)).Json;
            if (job.GetProperty("state").GetString() is not ("waiting" or "running"))
            {
                return job;
            }
        }
    }

    private async Task IngestAsync(string key, params string[] events) => Assert.Equal(200, (await server.PostAsync("/v1/ingest/jsonl", key, string.Join('\n', events))).Code);

    private async Task<JsonElement[]> AlertsAsync(string key) => [.. (await server.GetAsync("/v1/alerts?rule=hunt", key)).Json.GetProperty("alerts").EnumerateArray()];

    private async Task SettledAsync(string key)
    {
        while ((await server.GetAsync($"{Rules}/login_failed_spike/matches", key)).Json.GetProperty("behind").GetInt64() > 0)
        {
        }
    }
}
