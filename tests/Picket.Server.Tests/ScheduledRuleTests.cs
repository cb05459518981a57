using System.Text;
using System.Text.Json;
using Picket.Testing;

namespace Picket.Server.Tests;

/// <summary>Rules that are looked at now and then, on a server whose clock the tests turn.</summary>
public sealed class ScheduledRuleTests : IAsyncLifetime
{
    private const string Nine = """{"event_type":"login_failed","src_ip":"9.9.9.9"}""";
    private const string Eight = """{"event_type":"login_failed","src_ip":"8.8.8.8"}""";

    private readonly string folder = Directory.CreateTempSubdirectory("picket-").FullName;
    private readonly ManualTime time = new(new DateTimeOffset(2026, 1, 20, 10, 0, 10, TimeSpan.Zero));
    private PicketServer? server;
    private HttpClient http = new();

    public ValueTask InitializeAsync() => StartAsync();

    private async ValueTask StartAsync()
    {
        server = await RunningServer.StartAsync(folder, time, ("bootstrap_key", "k"), ("detection.lateness", "30s"), ("detection.pack", "false"));
        http = new HttpClient { BaseAddress = new Uri(server.Urls.First()) };
        http.DefaultRequestHeaders.Add("X-API-Key", "k");
    }

    private async Task StopAsync()
    {
        http.Dispose();
        await server!.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task It_counts_the_events_of_exactly_its_window_when_no_more_are_waited_for_and_goes_on_behind_a_start_and_a_close()
    {
        await MakeAsync("""{"id":"hourly","name":"hourly","query":"event_type:login_failed","group_by":"src_ip","threshold":3,"schedule":"1h"}""");
        await IngestAsync(Nine, Nine, Nine, Eight, Eight);
        // At eleven no further event of before is waited for only half a minute later.
        time.Advance(TimeSpan.FromSeconds(3_590));
        await IngestAsync(Late("10:59:59"), Nine);
        time.Advance(TimeSpan.FromSeconds(31));
        var alert = Assert.Single(await UntilAsync(alerts => alerts.Length == 1));
        Assert.Equal(("hourly:9.9.9.9", 5, "2026-01-20T10:00:10Z", "2026-01-20T11:00:00Z"), (Text(alert, "fingerprint"), Count(alert), Text(alert, "first_seen"), Text(alert, "last_seen")));
        var rule = await RuleAsync("hourly");
        Assert.Equal(("1h", "UTC", 3_600, "firing", 5, "2026-01-20T11:00:31Z"), (
            Text(rule, "schedule"), Text(rule, "time_zone"), rule.GetProperty("window_seconds").GetInt32(), Text(rule, "state"), rule.GetProperty("last_value").GetInt32(), Text(rule, "last_evaluated_at")));

        // Two do not make it hold, but while the alert is active they count. Nothing counts twice behind a start.
        await IngestAsync(Nine, Nine);
        await StopAsync();
        time.Advance(TimeSpan.FromMinutes(65));
        await StartAsync();
        await UntilAsync(alerts => alerts is [var one] && Count(one) == 7);
        Assert.Equal("resolved", Text(await RuleAsync("hourly"), "state"));

        var id = Text(alert, "id");
        Assert.Equal(7, (await GetAsync($"/v1/alerts/{id}")).GetProperty("event_ids").GetArrayLength());
        await IngestAsync(Nine, Nine);
        Assert.True((await http.PostAsync($"/v1/alerts/{id}/close", new StringContent(""))).IsSuccessStatusCode);
        // What was stored when it was closed is its own, and counts in it when it is looked at: two more do not make three.
        await IngestAsync(Nine, Eight);
        await LookedAsync("hourly", TimeSpan.FromHours(1));
        Assert.All(await UntilAsync(alerts => alerts.Length == 1), one => Assert.Equal(("closed", 9), (Text(one, "state"), Count(one))));
        await IngestAsync(Nine, Nine, Nine, Eight, Eight, Eight);
        await LookedAsync("hourly", TimeSpan.FromHours(1));
        Assert.Equal([("hourly:8.8.8.8", 3), ("hourly:9.9.9.9", 3)], (await UntilAsync(alerts => alerts.Length == 3)).Where(one => Text(one, "state") == "open").Select(one => (Text(one, "fingerprint"), Count(one))).Order());
    }

    [Fact]
    public async Task What_was_missed_while_nothing_ran_is_made_up_for_moment_by_moment()
    {
        await MakeAsync("""{"id":"often","name":"often","query":"event_type:login_failed","group_by":"src_ip","threshold":2,"schedule":"1m"}""");
        await MakeAsync("""{"id":"wrong","name":"wrong","query":"event_type:login_failed","schedule":"0 6 * * 1","window_seconds":86400,"time_zone":"Europe/Berlin"}""");
        await IngestAsync(Nine, Eight);
        time.Advance(TimeSpan.FromMinutes(1.6));
        await IngestAsync(Late("10:01:20"), Nine, Eight);
        await StopAsync();
        time.Advance(TimeSpan.FromMinutes(300));
        await StartAsync();
        // Of nine there are two in the second minute and none of eight in any.
        var alert = Assert.Single(await UntilAsync(alerts => alerts.Length == 1));
        Assert.Equal(("often:9.9.9.9", 2), (Text(alert, "fingerprint"), Count(alert)));
        await LookedAsync("often", TimeSpan.FromMinutes(1));
        Assert.Equal(JsonValueKind.Null, (await RuleAsync("wrong")).GetProperty("last_evaluated_at").ValueKind);
        Assert.Contains("picket_detection_schedule_missed_total 0", await http.GetStringAsync("/metrics"), StringComparison.Ordinal);
        // Longer than is made up for: the last thousand moments are.
        await StopAsync();
        time.Advance(TimeSpan.FromMinutes(3_000));
        await StartAsync();
        await LookedAsync("often", TimeSpan.FromMinutes(1));
        Assert.DoesNotContain("picket_detection_schedule_missed_total 0", await http.GetStringAsync("/metrics"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_is_changed_goes_on_and_one_that_is_turned_off_and_on_begins_anew()
    {
        await MakeAsync("""{"id":"r","name":"r","query":"event_type:login_failed","group_by":"src_ip","threshold":5,"schedule":"1h"}""");
        await IngestAsync(Nine, Nine, Nine);
        time.Advance(TimeSpan.FromMinutes(30));
        await PutAsync("r", """{"threshold":3}""");
        await LookedAsync("r", TimeSpan.FromMinutes(31));
        Assert.Equal(3, Count(Assert.Single(await UntilAsync(alerts => alerts.Length == 1))));
        await IngestAsync(Eight, Eight, Eight);
        await PutAsync("r", """{"is_active":false}""");
        await UntilAsync("r", rule => rule.GetProperty("last_evaluated_at").ValueKind == JsonValueKind.Null);
        time.Advance(TimeSpan.FromHours(2));
        await PutAsync("r", """{"is_active":true}""");
        await LookedAsync("r", TimeSpan.FromHours(1));
        // What passed meanwhile is for backtests.
        Assert.Single(await UntilAsync(alerts => alerts.Length == 1));
    }

    private static string Late(string at) => Nine.Replace("{", $"{{\"ts\":\"2026-01-20T{at}Z\",", StringComparison.Ordinal);

    // Turns the clock, and waits until the rule was looked at then.
    private async Task LookedAsync(string rule, TimeSpan by)
    {
        time.Advance(by + TimeSpan.FromSeconds(31));
        var now = time.GetUtcNow().UtcDateTime;
        await UntilAsync(rule, shown => shown.GetProperty("last_evaluated_at") is { ValueKind: JsonValueKind.String } at && at.GetDateTime().ToUniversalTime() >= now);
    }

    private async Task MakeAsync(string rule)
    {
        using var made = await http.PostAsync("/v1/alerts/rules", new StringContent(rule));
        Assert.True(made.IsSuccessStatusCode, await made.Content.ReadAsStringAsync());
        // It is looked at from when the server knows it on.
        var id = JsonDocument.Parse(rule).RootElement.GetProperty("id").GetString()!;
        await TakenAsync(id);
    }

    private async Task TakenAsync(string id)
    {
        await UntilAsync(id, shown => shown.GetProperty("versions").EnumerateArray().All(version => version.GetProperty("holds_after").ValueKind == JsonValueKind.String));
        var looks = await LooksAsync();
        await UntilAsync(async () => await LooksAsync() > looks + 1);
    }

    // How often the server has looked whether there is something to do.
    private async Task<long> LooksAsync() => long.Parse(
        (await http.GetStringAsync("/metrics")).Split('\n').Single(line => line.StartsWith("picket_detection_schedule_rounds_total ", StringComparison.Ordinal)).Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);

    private async Task PutAsync(string id, string change)
    {
        using var made = await http.PutAsync($"/v1/alerts/rules/{id}", new StringContent(change));
        Assert.True(made.IsSuccessStatusCode, await made.Content.ReadAsStringAsync());
        await TakenAsync(id);
    }

    private async Task IngestAsync(params string[] events)
    {
        using var sent = await http.PostAsync("/v1/ingest/jsonl", new StringContent(string.Join('\n', events), Encoding.UTF8));
        Assert.True(sent.IsSuccessStatusCode);
    }

    private Task<JsonElement> RuleAsync(string id) => GetAsync($"/v1/alerts/rules/{id}");

    private async Task<JsonElement> GetAsync(string path) => JsonDocument.Parse(await http.GetStringAsync(path)).RootElement;

    private async Task<JsonElement[]> UntilAsync(Func<JsonElement[], bool> isThere)
    {
        JsonElement[] last = [];
        await UntilAsync(async () => isThere(last = [.. (await GetAsync("/v1/alerts?limit=1000")).GetProperty("alerts").EnumerateArray()]), () => string.Join('\n', last));
        return last;
    }

    private Task UntilAsync(string rule, Func<JsonElement, bool> isSo) => UntilAsync(async () => isSo(await RuleAsync(rule)));

    private static async Task UntilAsync(Func<Task<bool>> isSo, Func<string>? last = null)
    {
        for (var until = TimeProvider.System.GetUtcNow().AddSeconds(30); !await isSo();)
        {
            Assert.True(TimeProvider.System.GetUtcNow() < until, last?.Invoke() ?? "It did not come to be so within thirty seconds");
            await Task.Delay(20);
        }
    }

    private static string Text(JsonElement of, string name) => of.GetProperty(name).GetString()!;

    private static int Count(JsonElement alert) => alert.GetProperty("count").GetInt32();
}
