using System.Globalization;
using System.Text.Json;

namespace Picket.Server.Tests;

/// <summary>Alerts where the program ends and is started anew.</summary>
public sealed class AlertStartTests
{
    private const string Rules = "/v1/alerts/rules";
    private const string Failed = """{"event_type":"login_failed","src_ip":"9.9.9.9","user_id":"bob"}""";

    private const string Failure = """
        title: A failure
        id: 5b1cb5a0-0000-4000-8000-000000000001
        name: failure
        logsource: {product: p}
        detection: {s: {k: bad}, condition: s}
        ---

        """;

    [Fact]
    public async Task A_start_goes_on_with_what_windows_had_and_alerts_count()
    {
        var folder = Directory.CreateTempSubdirectory("picket-").FullName;
        await using (var first = await RunningServer.StartAsync(folder, ("bootstrap_key", "k")))
        {
            using var http = Client(first);
            await PostAsync(http, "/v1/ingest/jsonl", string.Join('\n', Enumerable.Repeat(Failed, 3).Concat(Enumerable.Repeat(Failed.Replace("9.9.9.9", "8.8.8.8", StringComparison.Ordinal), 6))));
            await UntilAsync(http, alerts => alerts.Length == 1);
        }
        await using (var second = await RunningServer.StartAsync(folder, ("bootstrap_key", "k")))
        {
            using var http = Client(second);
            await PostAsync(http, "/v1/ingest/jsonl", string.Join('\n', Failed, Failed, Failed.Replace("9.9.9.9", "8.8.8.8", StringComparison.Ordinal)));
            var alerts = await UntilAsync(http, found => found.Length == 2 && found.Sum(alert => alert.GetProperty("count").GetInt32()) == 12);
            Assert.Equal([("login_failed_spike:8.8.8.8", 7), ("login_failed_spike:9.9.9.9", 5)], alerts.Select(alert => (Text(alert, "fingerprint"), alert.GetProperty("count").GetInt32())).Order());
        }
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("whole")]
    [InlineData("gone")]
    [InlineData("damaged")]
    [InlineData("of other rules")]
    public async Task A_start_reads_nothing_back_where_what_windows_had_was_written_down_and_else_what_is_stored(string snapshot)
    {
        var folder = Directory.CreateTempSubdirectory("picket-").FullName;
        (string, string)[] settings = [("bootstrap_key", "k"), ("detection.pack", "false")];
        await using (var first = await RunningServer.StartAsync(folder, settings))
        {
            using var http = Client(first);
            await PostAsync(http, Rules, """{"id":"many","name":"many","query":"event_type:login_failed","group_by":"src_ip","threshold":5,"window_seconds":3600}""");
            await PostAsync(http, "/v1/ingest/jsonl", string.Join('\n', Enumerable.Repeat(Failed, 3)));
            while (await MetricAsync(http, "picket_detection_groups_events") < 3)
            {
            }
        }
        var name = Assert.Single(Directory.GetFiles(Path.Combine(folder, "windows")));
        if (snapshot == "gone")
        {
            File.Delete(name);
        }
        if (snapshot == "damaged")
        {
            await File.WriteAllTextAsync(name, "nonsense");
        }
        await using (var second = await RunningServer.StartAsync(folder, [.. settings, ("detection.security_4688", snapshot == "of other rules" ? "false" : "true")]))
        {
            using var http = Client(second);
            await PostAsync(http, "/v1/ingest/jsonl", string.Join('\n', Enumerable.Repeat(Failed, 2)));
            var alert = Assert.Single(await UntilAsync(http, found => found.Length == 1));
            Assert.Equal(("many:9.9.9.9", 5), (Text(alert, "fingerprint"), alert.GetProperty("count").GetInt32()));
            Assert.Equal(snapshot == "whole" ? 0 : 1, await MetricAsync(http, "picket_detection_groups_recalls_total"));
        }
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task More_than_a_hundred_new_alerts_of_a_rule_in_an_hour_become_one_with_exact_counts_behind_a_start_too()
    {
        var folder = Directory.CreateTempSubdirectory("picket-").FullName;
        string Thing(int i) => $"{{\"event_type\":\"thing\",\"user_id\":\"u{i}\"}}";
        await using (var first = await RunningServer.StartAsync(folder, ("bootstrap_key", "k")))
        {
            using var http = Client(first);
            await PostAsync(http, Rules, """{"id":"each","name":"each","query":"event_type:thing","group_by":"user_id"}""");
            await PostAsync(http, Rules, """{"id":"calm","name":"calm","query":"event_type:thing","group_by":"user_id","storm":"off"}""");
            await PostAsync(http, Rules, """{"id":"twice","name":"twice","query":"event_type:thing","group_by":"user_id","threshold":2,"window_seconds":3600}""");
            await PostAsync(http, "/v1/ingest/jsonl", string.Join('\n', Enumerable.Range(0, 150).Select(Thing)));
            var alerts = await UntilAsync(http, found => found.Length == 251, "limit=1000");
            var storm = alerts.Single(alert => Text(alert, "fingerprint") == "each:*");
            Assert.Equal(("Storm: each", 50, 50), (Text(storm, "title"), storm.GetProperty("count").GetInt32(), storm.GetProperty("folded").GetInt32()));
            Assert.Equal(150, alerts.Count(alert => Text(alert, "rule_id") == "calm"));
        }
        await using (var second = await RunningServer.StartAsync(folder, ("bootstrap_key", "k")))
        {
            using var http = Client(second);
            // Those that are part of it and those that stand alone go on counting; twice as many are a storm of another rule.
            await PostAsync(http, "/v1/ingest/jsonl", string.Join('\n', Enumerable.Range(0, 150).Concat([149]).Select(Thing)));
            var alerts = await UntilAsync(http, found => found.Length == 352 && found.Where(alert => Text(alert, "rule_id") == "calm").Sum(alert => alert.GetProperty("count").GetInt32()) == 301, "limit=1000");
            var storm = alerts.Single(alert => Text(alert, "fingerprint") == "each:*");
            Assert.Equal((101, 50), (storm.GetProperty("count").GetInt32(), storm.GetProperty("folded").GetInt32()));
            Assert.Equal((101, 50), (alerts.Single(alert => Text(alert, "fingerprint") == "twice:*").GetProperty("count").GetInt32(), 50));
            var shown = JsonDocument.Parse(await http.GetStringAsync($"/v1/alerts/{Text(storm, "id")}")).RootElement.GetProperty("storm");
            Assert.Equal(("each:u149", 3), (Text(shown.GetProperty("top")[0], "fingerprint"), shown.GetProperty("top")[0].GetProperty("count").GetInt32()));
            var folded = JsonDocument.Parse(await http.GetStringAsync(Text(shown, "all") + "&limit=1000")).RootElement.GetProperty("alerts").EnumerateArray().ToArray();
            Assert.Equal((50, 101), (folded.Length, folded.Sum(alert => alert.GetProperty("count").GetInt32())));
            Assert.All(folded, alert => Assert.Equal(Text(storm, "id"), Text(alert, "storm_id")));
            // Closing what stands for all closes all, and uses their events up.
            foreach (var rule in new[] { "each", "twice" })
            {
                await PostAsync(http, $"/v1/alerts/{Text(alerts.Single(alert => Text(alert, "fingerprint") == $"{rule}:*"), "id")}/close", "");
            }
            await PostAsync(http, "/v1/ingest/jsonl", Thing(149));
            await BehindAsync(http);
            alerts = await UntilAsync(http, found => found.Length == 351, "limit=1000&state=open");
            Assert.Equal(1, alerts.Single(alert => Text(alert, "fingerprint") == "each:*").GetProperty("count").GetInt32());
            Assert.DoesNotContain(alerts, alert => Text(alert, "fingerprint") == "twice:*");
        }
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_host_of_which_nothing_comes_any_more_is_an_alert_and_is_told_of_once_behind_a_start_too()
    {
        var folder = Directory.CreateTempSubdirectory("picket-").FullName;
        for (var start = 0; start < 2; start++)
        {
            await using var running = await RunningServer.StartAsync(folder, ("bootstrap_key", "k"));
            using var http = Client(running);
            if (start == 0)
            {
                await PostAsync(http, Rules, """{"id":"silent","name":"silent","query":"event_type:beat","group_by":"host","absence":true,"window_seconds":1}""");
                await PostAsync(http, "/v1/ingest/jsonl", """{"event_type":"beat","host":"db1"}""");
            }
            else
            {
                await PostAsync(http, "/v1/ingest/jsonl", """{"event_type":"beat","host":"db2"}""");
            }
            var alerts = await UntilAsync(http, found => found.Length == start + 1, "rule=silent");
            Assert.Equal(["silent:db1", "silent:db2"], alerts.Select(alert => Text(alert, "fingerprint")).Order().Concat(start == 0 ? ["silent:db2"] : []));
            Assert.All(alerts, alert => Assert.Equal((1, "db"), (alert.GetProperty("count").GetInt32(), Text(alert, "host")[..2])));
        }
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task What_waits_for_further_events_waits_on_behind_a_start()
    {
        var folder = Directory.CreateTempSubdirectory("picket-").FullName;
        const string rules = Failure + """
            title: A success
            id: 5b1cb5a0-0000-4000-8000-000000000002
            name: success
            logsource: {product: p}
            detection: {s: {k: good}, condition: s}
            ---
            title: Many failures
            id: 5b1cb5a0-0000-4000-8000-000000000003
            name: failures
            correlation: {type: event_count, rules: [failure], group-by: [who], timespan: 10m, condition: {gte: 3}}
            ---
            title: A success after many failures
            id: success_after_failures
            level: high
            correlation: {type: temporal_ordered, rules: [failures, success], group-by: [who], timespan: 30m}
            """;
        var start = DateTimeOffset.UtcNow.AddHours(-3);
        string Line(int minute, string kind) => $"{{\"ts\":\"{start.AddMinutes(minute):O}\",\"k\":\"{kind}\",\"who\":\"ann\"}}";
        await using (var first = await RunningServer.StartAsync(folder, ("bootstrap_key", "k")))
        {
            using var http = Client(first);
            await PostAsync(http, "/v1/alerts/rules/import", rules);
            await PostAsync(http, "/v1/ingest/jsonl", string.Join('\n', Line(0, "bad"), Line(1, "bad"), Line(30, "bad"), Line(31, "bad")));
            await BehindAsync(http);
        }
        // The third failure comes late, and behind the start; what it makes an episode of is known when nothing before it is waited for any more.
        await using (var second = await RunningServer.StartAsync(folder, ("bootstrap_key", "k")))
        {
            using var http = Client(second);
            await PostAsync(http, "/v1/ingest/jsonl", string.Join('\n', Line(29, "bad"), Line(32, "good")));
            await BehindAsync(http);
            Assert.Equal("[]", JsonDocument.Parse(await http.GetStringAsync("/v1/alerts")).RootElement.GetProperty("alerts").GetRawText());
        }
        await using (var third = await RunningServer.StartAsync(folder, ("bootstrap_key", "k")))
        {
            using var http = Client(third);
            await PostAsync(http, "/v1/ingest/jsonl", Line(100, "other"));
            var alert = Assert.Single(await UntilAsync(http, alerts => alerts.Length > 0));
            Assert.Equal(("success_after_failures:ann", 2), (Text(alert, "fingerprint"), alert.GetProperty("count").GetInt32()));
        }
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task What_came_before_a_rule_was_changed_raises_nothing_by_itself_behind_a_start_either()
    {
        var folder = Directory.CreateTempSubdirectory("picket-").FullName;
        const string rules = Failure + """
            title: Few failures
            id: few
            level: high
            correlation: {type: event_count, rules: [failure], group-by: [who], timespan: 10m, condition: {lte: 3}}
            """;
        var start = DateTimeOffset.UtcNow.AddHours(-3);
        string Line(int minute, string kind) => $"{{\"ts\":\"{start.AddMinutes(minute):O}\",\"k\":\"{kind}\",\"who\":\"ann\"}}";
        await using (var first = await RunningServer.StartAsync(folder, ("bootstrap_key", "k")))
        {
            using var http = Client(first);
            await PostAsync(http, "/v1/ingest/jsonl", Line(0, "bad"));
            await BehindAsync(http);
            await PostAsync(http, "/v1/alerts/rules/import", rules);
            await PostAsync(http, "/v1/ingest/jsonl", Line(1, "other"));
            await BehindAsync(http);
        }
        await using (var second = await RunningServer.StartAsync(folder, ("bootstrap_key", "k")))
        {
            using var http = Client(second);
            await PostAsync(http, "/v1/ingest/jsonl", string.Join('\n', Line(50, "bad"), Line(90, "other")));
            var alert = Assert.Single(await UntilAsync(http, alerts => alerts.Length > 0));
            Assert.Equal(("few:ann", 1, start.AddMinutes(50)), (Text(alert, "fingerprint"), alert.GetProperty("count").GetInt32(), alert.GetProperty("first_seen").GetDateTimeOffset()));
        }
        Directory.Delete(folder, recursive: true);
    }

    private static async Task BehindAsync(HttpClient http)
    {
        while (JsonDocument.Parse(await http.GetStringAsync($"{Rules}/login_failed_spike/matches")).RootElement.GetProperty("behind").GetInt64() > 0)
        {
        }
    }

    private static async Task<long> MetricAsync(HttpClient http, string name) =>
        long.Parse((await http.GetStringAsync("/metrics")).Split('\n').Single(line => line.StartsWith(name + " ", StringComparison.Ordinal)).Split(' ')[1], CultureInfo.InvariantCulture);

    private static HttpClient Client(PicketServer of) => new() { BaseAddress = new Uri(of.Urls.First()), DefaultRequestHeaders = { { "X-API-Key", "k" } } };

    private static async Task PostAsync(HttpClient http, string path, string body)
    {
        using var answer = await http.PostAsync(path, new StringContent(body));
        answer.EnsureSuccessStatusCode();
    }

    private static async Task<JsonElement[]> UntilAsync(HttpClient http, Func<JsonElement[], bool> isThere, string query = "")
    {
        while (true)
        {
            var found = JsonDocument.Parse(await http.GetStringAsync($"/v1/alerts?{query}")).RootElement.GetProperty("alerts").EnumerateArray().ToArray();
            if (isThere(found))
            {
                return found;
            }
        }
    }

    private static string Text(JsonElement of, string name) => of.GetProperty(name).GetString()!;
}
