using System.Globalization;
using System.Text;
using System.Text.Json;
using Picket.Server.Access;

namespace Picket.Server.Tests;

public sealed class AlertTests(RunningServer server)
{
    private const string Rules = "/v1/alerts/rules";
    private const string Failed = """{"event_type":"login_failed","src_ip":"9.9.9.9","user_id":"bob"}""";

    [Fact]
    public async Task Five_failed_logins_are_one_alert_that_counts_until_it_is_closed_and_then_five_further_ones_are_another()
    {
        var key = await server.NewTenantAsync();
        await IngestAsync(key, Failed, Failed, Failed, Failed);
        await SettledAsync(key);
        Assert.Empty(await ListAsync(key));
        await IngestAsync(key, Failed);
        var alert = Assert.Single(await UntilAsync(key, "", alerts => alerts.Length == 1));
        Assert.Equal(("login_failed_spike:9.9.9.9", "login_failed_spike", "high", "open", 5, "9.9.9.9", "bob"), (
            Text(alert, "fingerprint"), Text(alert, "rule_id"), Text(alert, "severity"), Text(alert, "state"), alert.GetProperty("count").GetInt32(), Text(alert, "src_ip"), Text(alert, "user")));
        await IngestAsync(key, Failed, Failed);
        await UntilAsync(key, "", alerts => alerts is [var one] && one.GetProperty("count").GetInt32() == 7);

        var id = Text(alert, "id");
        var shown = (await server.GetAsync($"/v1/alerts/{id}", key)).Json;
        Assert.Equal((7, 7), (shown.GetProperty("event_ids").GetArrayLength(), shown.GetProperty("events").GetArrayLength()));
        Assert.Equal(200, (await server.GetAsync($"/events/{shown.GetProperty("event_ids")[0].GetString()}", key)).Code);
        Assert.All(shown.GetProperty("events").EnumerateArray(), one => Assert.Equal("bob", one.GetProperty("user_id").GetString()));
        for (var twice = 0; twice < 2; twice++)
        {
            var acknowledged = await server.PostAsync($"/v1/alerts/{id}/ack", key, "");
            Assert.Equal((200, "acknowledged", "test"), (acknowledged.Code, Text(acknowledged.Json, "state"), Text(acknowledged.Json, "owner")));
        }
        var closed = await server.PostAsync($"/v1/alerts/{id}/close", key, """{"reason":"benign","note":"a drill"}""");
        Assert.Equal((200, "closed", "benign", "a drill", "test"), (closed.Code, Text(closed.Json, "state"), Text(closed.Json, "close_reason"), Text(closed.Json, "close_note"), Text(closed.Json, "closed_by")));
        (await server.PostAsync($"/v1/alerts/{id}/close", key, "")).IsError(409, "conflict");
        (await server.PostAsync($"/v1/alerts/{id}/ack", key, "")).IsError(409, "conflict");

        // What came before was used up.
        await IngestAsync(key, Failed, Failed, Failed, Failed);
        await SettledAsync(key);
        Assert.Empty(await ListAsync(key, "state=open"));
        await IngestAsync(key, Failed);
        var next = Assert.Single(await UntilAsync(key, "state=open", alerts => alerts.Length == 1));
        Assert.Equal((5, false), (next.GetProperty("count").GetInt32(), Text(next, "id") == id));
        Assert.Equal(2, (await ListAsync(key)).Length);
    }

    [Fact]
    public async Task A_hundred_writers_at_once_on_one_fingerprint_leave_one_active_alert_with_the_exact_count()
    {
        var key = await server.NewTenantAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => server.PostAsync("/v1/events", key, $"{{\"events\":[{Failed},{Failed},{Failed}]}}")));
        Assert.All(answers, answer => Assert.Equal(200, answer.Code));
        var alert = Assert.Single(await UntilAsync(key, "", alerts => alerts is [var one] && one.GetProperty("count").GetInt32() == 300));
        Assert.Equal(300, (await server.GetAsync($"/v1/alerts/{Text(alert, "id")}", key)).Json.GetProperty("event_ids").GetArrayLength());
    }

    [Fact]
    public async Task Each_event_counts_in_one_alert_alone_while_alerts_are_closed_as_events_come()
    {
        var key = await server.NewTenantAsync();
        await MakeAsync(key, """{"id":"each","name":"each","query":"event_type:thing","group_by":"src_ip"}""");
        using var done = new CancellationTokenSource();
        var sending = Task.WhenAll(Enumerable.Range(0, 4).Select(async writer =>
        {
            for (var i = 0; i < 100; i++)
            {
                await IngestAsync(key, """{"event_type":"thing","src_ip":"1.1.1.1"}""", """{"event_type":"thing","src_ip":"2.2.2.2"}""");
            }
        })).ContinueWith(_ => done.Cancel(), TaskScheduler.Default);
        var closed = 0;
        while (!done.IsCancellationRequested)
        {
            foreach (var alert in await ListAsync(key, "state=open"))
            {
                closed += (await server.PostAsync($"/v1/alerts/{Text(alert, "id")}/close", key, "")).Code == 200 ? 1 : 0;
            }
        }
        await sending;
        Assert.True(closed > 2, $"{closed} closed");
        var all = await UntilAsync(key, "limit=1000", alerts => alerts.Sum(alert => alert.GetProperty("count").GetInt32()) >= 800);
        Assert.Equal([400, 400], all.GroupBy(alert => Text(alert, "fingerprint")).Select(of => of.Sum(alert => alert.GetProperty("count").GetInt32())));
        Assert.All(all.Where(alert => Text(alert, "state") != "closed").GroupBy(alert => Text(alert, "fingerprint")), of => Assert.Single(of));
    }

    [Fact]
    public async Task Grouped_by_event_each_is_an_alert()
    {
        var key = await server.NewTenantAsync();
        await IngestAsync(key, [.. Enumerable.Repeat("""{"event_type":"audit_transactions_exported","user_id":"bob"}""", 3)]);
        var alerts = await UntilAsync(key, "rule=transactions_exported", found => found.Length == 3);
        Assert.Equal(3, alerts.Select(alert => Text(alert, "fingerprint")).Distinct().Count());
        Assert.All(alerts, alert => Assert.Equal(1, alert.GetProperty("count").GetInt32()));
    }

    [Fact]
    public async Task Alerts_are_found_by_what_they_are_and_in_pages()
    {
        var key = await server.NewTenantAsync();
        await MakeAsync(key, """{"id":"low","name":"low","query":"event_type:thing","group_by":"user_id","severity":"low"}""");
        await IngestAsync(key, [.. Enumerable.Range(0, 7).Select(i => $"{{\"event_type\":\"thing\",\"user_id\":\"u{i}\",\"country\":\"{(i < 2 ? "NL" : "DE")}\"}}"), Failed, Failed, Failed, Failed, Failed]);
        var all = await UntilAsync(key, "", alerts => alerts.Length == 8);
        Assert.Equal(7, (await ListAsync(key, "severity=low")).Length);
        Assert.Equal(["login_failed_spike:9.9.9.9"], (await ListAsync(key, "severity=high")).Select(alert => Text(alert, "fingerprint")));
        Assert.Equal(["low:u3"], (await ListAsync(key, "fingerprint=low:u3")).Select(alert => Text(alert, "fingerprint")));
        Assert.Empty(await ListAsync(key, "state=closed,acknowledged"));
        Assert.Empty(await ListAsync(key, "to=2020-01-01T00:00:00Z"));
        var (paged, cursor) = (new List<string>(), "");
        do
        {
            var page = (await server.GetAsync($"/v1/alerts?limit=3&cursor={cursor}", key)).Json;
            paged.AddRange(page.GetProperty("alerts").EnumerateArray().Select(alert => Text(alert, "id")));
            cursor = page.GetProperty("next_cursor").GetString();
        }
        while (cursor is not null);
        Assert.Equal(all.Select(alert => Text(alert, "id")), paged);
        Assert.Equal(2, (await server.GetAsync("/alerts?hours=1&country=nl", key)).Json.GetProperty("alerts").GetArrayLength());
        Assert.Equal(1, (await server.GetAsync("/alerts?user=U4&criticality=low", key)).Json.GetProperty("alerts").GetArrayLength());
        Assert.Equal(2, (await server.GetAsync("/alerts?limit=2", key)).Json.GetProperty("alerts").GetArrayLength());
    }

    [Theory]
    [InlineData("state=new", "state")]
    [InlineData("severity=worst", "severity")]
    [InlineData("cursor=x", "cursor")]
    [InlineData("from=x", "from")]
    [InlineData("limit=0", "limit")]
    public async Task What_cannot_be_asked_for_is_400_and_named(string query, string parameter)
    {
        var answer = (await server.GetAsync($"/v1/alerts?{query}", await server.NewTenantAsync())).IsError(400, "invalid_parameter");
        Assert.Contains(parameter, answer.Json.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"reason":"bored"}""", "invalid_parameter")]
    [InlineData("""{"reason":1}""", "invalid_parameter")]
    [InlineData("""{"snooze_until":"soon"}""", "invalid_parameter")]
    [InlineData("[]", "invalid_request")]
    [InlineData("{", "invalid_request")]
    public async Task A_close_that_makes_no_sense_is_400(string body, string error) =>
        (await server.PostAsync($"/v1/alerts/{Guid.NewGuid()}/close", await server.NewTenantAsync(), body)).IsError(400, error);

    [Fact]
    public async Task Alerts_are_their_tenants_alone_and_need_their_scopes()
    {
        var (key, other) = (await server.NewTenantAsync(), await server.NewTenantAsync());
        await IngestAsync(key, [.. Enumerable.Repeat(Failed, 5)]);
        var id = Text((await UntilAsync(key, "", alerts => alerts.Length == 1))[0], "id");
        await IngestAsync(other, Failed);
        await SettledAsync(other);
        Assert.Empty(await ListAsync(other));
        Assert.Equal(0, (await server.GetAsync("/alerts", other)).Json.GetProperty("alerts").GetArrayLength());
        (await server.GetAsync($"/v1/alerts/{id}", other)).IsError(404, "not_found");
        (await server.GetAsync("/v1/alerts/nonsense", other)).IsError(404, "not_found");
        (await server.PostAsync($"/v1/alerts/{id}/ack", other, "")).IsError(404, "not_found");
        (await server.PostAsync($"/v1/alerts/{id}/close", other, "")).IsError(404, "not_found");
        Assert.Equal("open", Text((await server.GetAsync($"/v1/alerts/{id}", key)).Json, "state"));
        var (none, reader) = (await server.NewTenantAsync(Scope.SearchLogs), await server.NewTenantAsync(Scope.AlertsRead));
        foreach (var path in (string[])["/v1/alerts", "/alerts", $"/v1/alerts/{id}", "/v1/alerts/stream"])
        {
            (await server.GetAsync(path, none)).IsError(403, "insufficient_scope");
            (await server.GetAsync(path, null)).IsError(401, "unauthorized");
        }
        (await server.PostAsync($"/v1/alerts/{id}/ack", reader, "")).IsError(403, "insufficient_scope");
        (await server.PostAsync($"/v1/alerts/{id}/close", reader, "")).IsError(403, "insufficient_scope");
    }

    [Fact]
    public async Task Whoever_listens_is_told_of_what_is_raised_and_changes_of_the_own_tenant()
    {
        var (key, other) = (await server.NewTenantAsync(), await server.NewTenantAsync());
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/alerts/stream") { Headers = { { "X-API-Key", key } } };
        using var answer = await server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.MediaType);
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync());
        Assert.StartsWith(": ", await lines.ReadLineAsync(), StringComparison.Ordinal);
        await IngestAsync(other, [.. Enumerable.Repeat(Failed, 5)]);
        await UntilAsync(other, "", alerts => alerts.Length == 1);
        await IngestAsync(key, [.. Enumerable.Repeat(Failed, 5)]);
        var raised = await NextAsync("raised");
        Assert.Equal(("login_failed_spike:9.9.9.9", "open", 5), (Text(raised, "fingerprint"), Text(raised, "state"), raised.GetProperty("count").GetInt32()));
        Assert.Equal(Text((await ListAsync(key))[0], "id"), Text(raised, "id"));
        await server.PostAsync($"/v1/alerts/{Text(raised, "id")}/ack", key, "");
        Assert.Equal("acknowledged", Text(await NextAsync("changed"), "state"));
        await server.PostAsync($"/v1/alerts/{Text(raised, "id")}/close", key, "");
        Assert.Equal("closed", Text(await NextAsync("changed"), "state"));

        async Task<JsonElement> NextAsync(string kind)
        {
            var line = "";
            while (!line.StartsWith("event: ", StringComparison.Ordinal))
            {
                line = (await lines.ReadLineAsync())!;
            }
            Assert.Equal($"event: {kind}", line);
            return JsonDocument.Parse((await lines.ReadLineAsync())!["data: ".Length..]).RootElement;
        }
    }

    [Fact]
    public async Task While_it_is_snoozed_further_events_count_and_raise_nothing()
    {
        var key = await server.NewTenantAsync();
        await IngestAsync(key, [.. Enumerable.Repeat(Failed, 5)]);
        var id = Text((await UntilAsync(key, "", alerts => alerts.Length == 1))[0], "id");
        await server.PostAsync($"/v1/alerts/{id}/close", key, """{"snooze_until":"2999-01-01T00:00:00Z"}""");
        await IngestAsync(key, [.. Enumerable.Repeat(Failed, 6)]);
        var alert = Assert.Single(await UntilAsync(key, "", alerts => alerts is [var one] && one.GetProperty("count").GetInt32() == 11));
        Assert.Equal(("closed", id), (Text(alert, "state"), Text(alert, "id")));
    }

    [Fact]
    public async Task Correlations_are_of_rules_that_are_there_and_silence_them()
    {
        var key = await server.NewTenantAsync();
        const string Both = "title: failed then in\nid: failed-then-in\ncorrelation:\n  type: temporal_ordered\n  rules: [failed, came-in]\n  group-by: [user_id]\n  timespan: 5m\nlevel: high\n";
        var missing = (await server.PostAsync(Rules, key, Both)).IsError(400, "validation_failed");
        Assert.Contains("failed", missing.Json.GetProperty("message").GetString(), StringComparison.Ordinal);
        await MakeAsync(key, "title: failed\nid: failed\nlogsource: {product: p}\ndetection: {a: {event_type: bad_login}, condition: a}\n");
        await MakeAsync(key, "title: came in\nid: came-in\nlogsource: {product: p}\ndetection: {a: {event_type: good_login}, condition: a}\n");
        var made = await server.PostAsync(Rules, key, Both);
        Assert.Equal((201, "sigma_correlation"), (made.Code, Text(made.Json, "format")));
        // Those of one instant may be in either order, so one of these is a second later.
        await IngestAsync(key, $"{{\"event_type\":\"good_login\",\"user_id\":\"eve\",\"ts\":\"{DateTime.UtcNow.AddSeconds(-2):O}\"}}", """{"event_type":"bad_login","user_id":"eve"}""", """{"event_type":"bad_login","user_id":"bob"}""", """{"event_type":"good_login","user_id":"BOB"}""");
        var alert = Assert.Single(await UntilAsync(key, "", alerts => alerts.Length > 0));
        Assert.Equal(("failed-then-in:bob", 2), (Text(alert, "fingerprint"), alert.GetProperty("count").GetInt32()));
        Assert.Equal(204, (await server.SendAsync("DELETE", $"{Rules}/came-in", key, null)).Code);
        await IngestAsync(key, """{"event_type":"good_login","user_id":"ann"}""");
        await SettledAsync(key);
        var broken = (await server.GetAsync($"{Rules}/failed-then-in", key)).Json;
        Assert.Equal(("set_aside", "there is no rule with the id or name came-in among these"), (Text(broken, "state"), Text(broken, "reason")));
    }

    [Fact]
    public async Task An_alert_closes_by_itself_when_its_rule_holds_no_more_and_goes_on_when_it_holds_again_soon()
    {
        var key = await server.NewTenantAsync();
        await MakeAsync(key, """{"id":"flaps","name":"flaps","query":"event_type:thing","group_by":"user_id","resolve_after":"5m","reopen_within":"1h","auto_close":true}""");
        await MakeAsync(key, """{"id":"stays","name":"stays","query":"event_type:thing","group_by":"user_id","resolve_after":"5m"}""");
        string Ago(int minutes) => $"{{\"ts\":\"{DateTime.UtcNow.AddMinutes(-minutes):O}\",\"event_type\":\"thing\",\"user_id\":\"u\"}}";
        await IngestAsync(key, Ago(20));
        var closed = Assert.Single(await UntilAsync(key, "rule=flaps&state=closed", alerts => alerts.Length == 1));
        Assert.Equal(("picket", "Its rule held no more (auto_close)", 1), (Text(closed, "closed_by"), Text(closed, "close_note"), closed.GetProperty("count").GetInt32()));
        var stays = Assert.Single(await ListAsync(key, "rule=stays"));
        Assert.Equal(("open", JsonValueKind.String), (Text(stays, "state"), stays.GetProperty("resolved_at").ValueKind));
        await IngestAsync(key, Ago(0));
        var again = Assert.Single(await UntilAsync(key, "rule=flaps&state=open", alerts => alerts.Length == 1));
        Assert.Equal((Text(closed, "id"), 2), (Text(again, "id"), again.GetProperty("count").GetInt32()));
        Assert.Equal(JsonValueKind.Null, again.GetProperty("closed_at").ValueKind);
    }

    [Fact]
    public async Task A_rule_that_is_changed_or_deleted_while_it_fires_leaves_its_alert_to_people()
    {
        var key = await server.NewTenantAsync();
        const string Thing = """{"event_type":"thing","src_ip":"1.1.1.1","user_id":"u"}""";
        await MakeAsync(key, """{"id":"fires","name":"fires","query":"event_type:thing","group_by":"src_ip","threshold":2}""");
        await IngestAsync(key, Thing, Thing);
        await UntilAsync(key, "rule=fires", alerts => alerts.Length == 1);
        // Another severity keeps what windows have; what was raised says what it said.
        Assert.Equal(200, (await server.SendAsync("PUT", $"{Rules}/fires", key, new StringContent("""{"severity":"critical"}"""))).Code);
        await IngestAsync(key, Thing);
        var alert = Assert.Single(await UntilAsync(key, "rule=fires", alerts => alerts is [var one] && one.GetProperty("count").GetInt32() == 3));
        Assert.Equal(("medium", 1), (Text(alert, "severity"), alert.GetProperty("rule_version").GetInt32()));
        // Another query goes on in the same alert, with what it matches.
        Assert.Equal(200, (await server.SendAsync("PUT", $"{Rules}/fires", key, new StringContent("""{"query":"event_type:thing user_id:u"}"""))).Code);
        await IngestAsync(key, Thing, Thing.Replace("\"u\"", "\"v\"", StringComparison.Ordinal));
        await UntilAsync(key, "rule=fires", alerts => alerts is [var one] && one.GetProperty("count").GetInt32() == 4);
        Assert.Equal(204, (await server.SendAsync("DELETE", $"{Rules}/fires", key, null)).Code);
        await IngestAsync(key, Thing, Thing);
        await SettledAsync(key);
        alert = Assert.Single(await ListAsync(key, "rule=fires"));
        Assert.Equal(("open", 4), (Text(alert, "state"), alert.GetProperty("count").GetInt32()));
        Assert.Equal(200, (await server.PostAsync($"/v1/alerts/{Text(alert, "id")}/close", key, "")).Code);
    }

    private async Task MakeAsync(string key, string rule) => Assert.Equal(201, (await server.PostAsync(Rules, key, rule)).Code);

    private async Task IngestAsync(string key, params string[] events) => Assert.Equal(200, (await server.PostAsync("/v1/ingest/jsonl", key, string.Join('\n', events))).Code);

    // Rules have looked at all that was stored when this is asked.
    private async Task SettledAsync(string key)
    {
        while ((await server.GetAsync($"{Rules}/login_failed_spike/matches", key)).Json.GetProperty("behind").GetInt64() > 0)
        {
        }
    }

    private async Task<JsonElement[]> ListAsync(string key, string query = "") => [.. (await server.GetAsync($"/v1/alerts?{query}", key)).Json.GetProperty("alerts").EnumerateArray()];

    private async Task<JsonElement[]> UntilAsync(string key, string query, Func<JsonElement[], bool> isThere)
    {
        var last = Array.Empty<JsonElement>();
        for (var tries = 0; tries < 3_000; tries++)
        {
            last = await ListAsync(key, query);
            if (isThere(last))
            {
                return last;
            }
            await Task.Delay(5);
        }
        throw new TimeoutException(string.Create(CultureInfo.InvariantCulture, $"{last.Length} alerts: {new StringBuilder().AppendJoin('\n', last)}"));
    }

    private static string Text(JsonElement of, string name) => of.GetProperty(name).GetString()!;
}
