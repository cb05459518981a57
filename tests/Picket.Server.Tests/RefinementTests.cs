using System.Text.Json;
using Picket.Server.Access;

namespace Picket.Server.Tests;

/// <summary>Exceptions of rules, lists that rules name, and silences.</summary>
public sealed class RefinementTests(RunningServer server)
{
    private const string Rules = "/v1/alerts/rules";

    [Fact]
    public async Task Of_what_an_exception_says_a_rule_raises_nothing_until_it_is_taken_away()
    {
        var key = await server.NewTenantAsync();
        await MakeAsync(key, """{"id":"each","name":"each","query":"event_type:thing","group_by":"src_ip"}""");
        var made = await server.PostAsync($"{Rules}/each/exceptions", key, """{"filter":{"src_ip":"1.1.1.1"},"reason":"ours"}""");
        Assert.Equal((201, "each", "src_ip:1.1.1.1", "ours", "test"), (made.Code, Text(made.Json, "rule_id"), Text(made.Json, "filter"), Text(made.Json, "reason"), Text(made.Json, "created_by")));
        await IngestAsync(key, Thing("1.1.1.1"), Thing("2.2.2.2"));
        await SettledAsync(key);
        Assert.Equal(["each:2.2.2.2"], await AlertsAsync(key));
        // What a backtest finds is what would be raised now.
        Assert.Equal(1, await BacktestAsync(key, "each"));
        // It stays when the rule is changed.
        Assert.Equal(200, (await server.SendAsync("PUT", $"{Rules}/each", key, new StringContent("""{"severity":"low"}"""))).Code);
        await IngestAsync(key, Thing("1.1.1.1"));
        await SettledAsync(key);
        Assert.Equal(["each:2.2.2.2"], await AlertsAsync(key));
        Assert.Equal(204, (await server.SendAsync("DELETE", made.Headers["Location"], key, null)).Code);
        (await server.SendAsync("DELETE", made.Headers["Location"], key, null)).IsError(404, "not_found");
        Assert.Equal(0, (await server.GetAsync($"{Rules}/each/exceptions", key)).Json.GetProperty("exceptions").GetArrayLength());
        await IngestAsync(key, Thing("1.1.1.1"));
        await SettledAsync(key);
        Assert.Equal(["each:1.1.1.1", "each:2.2.2.2"], await AlertsAsync(key));
    }

    [Fact]
    public async Task An_exception_of_a_built_in_rule_of_windows_and_of_a_correlation_is_of_their_events()
    {
        var key = await server.NewTenantAsync();
        const string Failed = """{"event_type":"login_failed","src_ip":"9.9.9.9","user_id":"USER"}""";
        Assert.Equal(201, (await server.PostAsync($"{Rules}/login_failed_spike/exceptions", key, """{"filter":"user_id:probe","reason":"the probe"}""")).Code);
        await MakeAsync(key, "title: f\nid: failed\nlogsource: {product: p}\ndetection: {a: {event_type: login_failed}, condition: a}\n");
        await MakeAsync(key, "title: c\nid: many\ncorrelation: {type: event_count, rules: [failed], group-by: [src_ip], timespan: 5m, condition: {gte: 2}}\n");
        Assert.Equal(201, (await server.PostAsync($"{Rules}/many/exceptions", key, """{"filter":"user_id:probe","reason":"the probe"}""")).Code);
        string Of(string user) => Failed.Replace("USER", user, StringComparison.Ordinal);
        await IngestAsync(key, Of("probe"), Of("probe"), Of("probe"), Of("probe"), Of("ann"));
        await SettledAsync(key);
        Assert.DoesNotContain(await AlertsAsync(key), alert => alert.StartsWith("login_failed_spike", StringComparison.Ordinal) || alert.StartsWith("many:", StringComparison.Ordinal));
        await IngestAsync(key, Of("ann"), Of("ann"), Of("ann"), Of("ann"));
        await SettledAsync(key);
        Assert.Contains("login_failed_spike:9.9.9.9", await AlertsAsync(key));
        Assert.Contains("many:9.9.9.9", await AlertsAsync(key));
        Assert.Equal((1, 1), (await BacktestAsync(key, "many"), await BacktestAsync(key, "login_failed_spike")));
    }

    [Fact]
    public async Task Lists_stand_for_their_values_in_rules_and_exceptions_as_they_are_now()
    {
        var key = await server.NewTenantAsync();
        const string Sigma = "title: bad\nid: bad\nlogsource: {product: p}\ndetection: {a: {src_ip|expand: '%bad%'}, condition: a}\nlevel: high\n";
        (await server.PostAsync(Rules, key, Sigma)).IsError(400, "validation_failed");
        var import = await server.PostAsync($"{Rules}/import", key, Sigma);
        Assert.Contains("bad stands for a list that is not here", Text(import.Json.GetProperty("refused")[0], "reason"), StringComparison.Ordinal);
        Assert.Equal(200, (await server.PostAsync("/v1/lists/bad", key, """{"values":["1.1.1.1","10.0.0.0/8"]}""")).Code);
        await MakeAsync(key, Sigma);
        await MakeAsync(key, """{"id":"own","name":"own","query":"event_type:thing src_ip:in:bad -user_id:in:good","group_by":"src_ip"}""".Replace("-user_id:in:good", "", StringComparison.Ordinal));
        await IngestAsync(key, Thing("1.1.1.1"), Thing("2.2.2.2"), Thing("10.2.3.4"));
        await SettledAsync(key);
        Assert.Equal(["bad:1.1.1.1", "bad:10.2.3.4", "own:1.1.1.1", "own:10.2.3.4"], await AlertsAsync(key));
        // A value more, and one less.
        Assert.Equal(200, (await server.PostAsync("/v1/lists/bad", key, """{"values":[{"value":"2.2.2.2","ttl":"1h"}]}""")).Code);
        Assert.Equal(204, (await server.SendAsync("DELETE", "/v1/lists/bad?value=10.0.0.0/8", key, null)).Code);
        await IngestAsync(key, Thing("2.2.2.2"), Thing("10.9.9.9"));
        await SettledAsync(key);
        Assert.Equal(["bad:1.1.1.1", "bad:10.2.3.4", "bad:2.2.2.2", "own:1.1.1.1", "own:10.2.3.4", "own:2.2.2.2"], await AlertsAsync(key));
        var list = (await server.GetAsync("/v1/lists/bad", key)).Json;
        Assert.Equal([("1.1.1.1", false), ("2.2.2.2", true)], list.GetProperty("values").EnumerateArray().Select(value => (Text(value, "value"), value.GetProperty("expires_at").ValueKind == JsonValueKind.String)));
        // An exception for what is in another list.
        (await server.PostAsync($"{Rules}/own/exceptions", key, """{"filter":"src_ip:in:ours","reason":"ours"}""")).IsError(400, "invalid_parameter");
        Assert.Equal(200, (await server.PostAsync("/v1/lists/ours", key, """{"values":["1.1.1.1"]}""")).Code);
        Assert.Equal(201, (await server.PostAsync($"{Rules}/own/exceptions", key, """{"filter":"src_ip:in:ours","reason":"ours"}""")).Code);
        Assert.Equal(1, await BacktestAsync(key, "own"));
        (await server.SendAsync("DELETE", "/v1/lists/bad", key, null)).IsError(409, "conflict");
        (await server.SendAsync("DELETE", "/v1/lists/ours", key, null)).IsError(409, "conflict");
        Assert.Equal(["bad", "ours"], (await server.GetAsync("/v1/lists", key)).Json.GetProperty("lists").EnumerateArray().Select(one => Text(one, "name")));
    }

    [Theory]
    [InlineData("/v1/alerts/rules/login_failed_spike/exceptions", """{"reason":"r"}""", "filter")]
    [InlineData("/v1/alerts/rules/login_failed_spike/exceptions", """{"filter":"a:(","reason":"r"}""", "filter")]
    [InlineData("/v1/alerts/rules/login_failed_spike/exceptions", """{"filter":"a:1 | count","reason":"r"}""", "filter")]
    [InlineData("/v1/alerts/rules/login_failed_spike/exceptions", """{"filter":{"a":{}},"reason":"r"}""", "filter")]
    [InlineData("/v1/alerts/rules/login_failed_spike/exceptions", """{"filter":"a:1"}""", "reason")]
    [InlineData("/v1/alerts/rules/login_failed_spike/exceptions", """{"filter":"a:1","reason":"r","expires_at":"2020-01-01"}""", "expires_at")]
    [InlineData("/v1/alerts/rules/login_failed_spike/exceptions", """{"filter":"a:1","reason":"r","until":"2020-01-01"}""", "until")]
    [InlineData("/v1/lists/l", """{"values":"x"}""", "values")]
    [InlineData("/v1/lists/l", """{"values":[""]}""", "values")]
    [InlineData("/v1/lists/l", """{"values":[[]]}""", "values")]
    [InlineData("/v1/lists/l", """{"values":["x"],"ttl":"soon"}""", "ttl")]
    [InlineData("/v1/lists/l%20l", """{"values":["x"]}""", "name")]
    [InlineData("/v1/silences", """{"matchers":{},"ends_at":"2200-01-01"}""", "matchers")]
    [InlineData("/v1/silences", """{"matchers":{"color":"red"},"ends_at":"2200-01-01"}""", "matchers")]
    [InlineData("/v1/silences", """{"matchers":{"rule_id":"x"}}""", "ends_at")]
    [InlineData("/v1/silences", """{"matchers":{"rule_id":"x"},"ends_at":"2020-01-01"}""", "ends_at")]
    [InlineData("/v1/silences", """{"matchers":{"rule_id":"x"},"starts_at":"2200-01-01","ends_at":"2199-01-01"}""", "ends_at")]
    [InlineData("/v1/silences", """{"matchers":{"rule_id":"x"},"weekly":{"days":["someday"],"from":"22:00","to":"06:00"}}""", "weekly")]
    [InlineData("/v1/silences", """{"matchers":{"rule_id":"x"},"weekly":{"days":["mon"],"from":"25:00","to":"06:00"}}""", "weekly")]
    [InlineData("/v1/silences", """{"matchers":{"rule_id":"x"},"weekly":{"days":["mon"],"from":"22:00","to":"06:00","time_zone":"Nowhere"}}""", "weekly")]
    public async Task What_makes_no_sense_is_400_and_named(string path, string body, string named) =>
        Assert.StartsWith(named, Text((await server.PostAsync(path, await server.NewTenantAsync(), body)).IsError(400, "invalid_parameter").Json, "message"), StringComparison.Ordinal);

    [Fact]
    public async Task Silences_are_kept_and_tell_whether_they_are_active()
    {
        var key = await server.NewTenantAsync();
        var now = await server.PostAsync("/v1/silences", key, """{"matchers":{"rule_id":"x"},"ends_at":"2200-01-01","reason":"a drill"}""");
        var later = await server.PostAsync("/v1/silences", key, """{"matchers":{"severity":"low"},"starts_at":"2199-01-01","ends_at":"2200-01-01"}""");
        var days = string.Join(',', new[] { 0, 1, 2, 3, 4, 5, 6 }.Select(day => $"\"{((DayOfWeek)day).ToString()[..3]}\""));
        var always = await server.PostAsync("/v1/silences", key, $"{{\"matchers\":{{\"tag\":\"t\"}},\"weekly\":{{\"days\":[{days}],\"from\":\"00:00\",\"to\":\"00:00\",\"time_zone\":\"Europe/Berlin\"}}}}");
        Assert.Equal([201, 201, 201], [now.Code, later.Code, always.Code]);
        var all = (await server.GetAsync("/v1/silences", key)).Json.GetProperty("silences").EnumerateArray().ToArray();
        Assert.Equal([true, false, true], all.Select(one => one.GetProperty("active").GetBoolean()));
        Assert.Equal(204, (await server.SendAsync("DELETE", now.Headers["Location"], key, null)).Code);
        (await server.SendAsync("DELETE", now.Headers["Location"], key, null)).IsError(404, "not_found");
    }

    [Fact]
    public async Task They_are_their_tenants_alone_and_need_their_scopes()
    {
        var (key, other) = (await server.NewTenantAsync(), await server.NewTenantAsync());
        var exception = (await server.PostAsync($"{Rules}/login_failed_spike/exceptions", key, """{"filter":"a:1","reason":"r"}""")).Headers["Location"];
        await server.PostAsync("/v1/lists/mine", key, """{"values":["a"]}""");
        var silence = (await server.PostAsync("/v1/silences", key, """{"matchers":{"rule_id":"x"},"ends_at":"2200-01-01"}""")).Headers["Location"];
        Assert.Equal(0, (await server.GetAsync($"{Rules}/login_failed_spike/exceptions", other)).Json.GetProperty("exceptions").GetArrayLength());
        Assert.Equal(0, (await server.GetAsync("/v1/lists", other)).Json.GetProperty("lists").GetArrayLength());
        Assert.Equal(0, (await server.GetAsync("/v1/silences", other)).Json.GetProperty("silences").GetArrayLength());
        (await server.GetAsync("/v1/lists/mine", other)).IsError(404, "not_found");
        foreach (var path in new[] { exception, "/v1/lists/mine", silence })
        {
            (await server.SendAsync("DELETE", path, other, null)).IsError(404, "not_found");
        }
        // Another's list is none for a rule.
        (await server.PostAsync(Rules, other, """{"id":"own","name":"own","query":"src_ip:in:mine"}""")).IsError(400, "validation_failed");
        var (none, reader) = (await server.NewTenantAsync(Scope.SearchLogs), await server.NewTenantAsync(Scope.AlertsRead));
        foreach (var path in new[] { $"{Rules}/login_failed_spike/exceptions", "/v1/lists", "/v1/lists/mine", "/v1/silences" })
        {
            (await server.GetAsync(path, none)).IsError(403, "insufficient_scope");
            (await server.GetAsync(path, null)).IsError(401, "unauthorized");
        }
        foreach (var path in new[] { $"{Rules}/login_failed_spike/exceptions", "/v1/lists/mine", "/v1/silences" })
        {
            (await server.PostAsync(path, reader, "{}")).IsError(403, "insufficient_scope");
        }
        foreach (var path in new[] { exception, "/v1/lists/mine", silence })
        {
            (await server.SendAsync("DELETE", path, reader, null)).IsError(403, "insufficient_scope");
        }
    }

    private static string Thing(string address) => $"{{\"event_type\":\"thing\",\"src_ip\":\"{address}\"}}";

    private static string Text(JsonElement of, string name) => of.GetProperty(name).GetString()!;

    private async Task MakeAsync(string key, string rule) => Assert.Equal(201, (await server.PostAsync(Rules, key, rule)).Code);

    private async Task IngestAsync(string key, params string[] events) => Assert.Equal(200, (await server.PostAsync("/v1/ingest/jsonl", key, string.Join('\n', events))).Code);

    private async Task<string[]> AlertsAsync(string key) =>
        [.. (await server.GetAsync("/v1/alerts?limit=1000", key)).Json.GetProperty("alerts").EnumerateArray().Select(alert => Text(alert, "fingerprint")).Order(StringComparer.Ordinal)];

    private async Task<int> BacktestAsync(string key, string rule)
    {
        var path = (await server.PostAsync($"{Rules}/{rule}/backtest", key, "{}")).Headers["Location"];
        while (true)
        {
            var job = (await server.GetAsync(path, key)).Json;
            if (job.TryGetProperty("saved", out var saved))
            {
                return saved.GetProperty("alerts").GetInt32();
            }
        }
    }

    private async Task SettledAsync(string key)
    {
        while ((await server.GetAsync($"{Rules}/login_failed_spike/matches", key)).Json.GetProperty("behind").GetInt64() > 0)
        {
        }
    }
}
