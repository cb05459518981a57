using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Picket.Metastore;

namespace Picket.EndToEnd.Tests;

/// <summary>Rules of every kind over events that come while the process dies again and again: the alerts are those of a server to which the same events came in order and which nobody killed.</summary>
public sealed class AlertKillTests
{
    private const int Kills = 50;
    private const int Writers = 4;
    private const int Users = 12;

    // So long ago that it is within the windows of all scheduled rules' moments, and before the first of them.
    private static readonly DateTimeOffset Start = DateTimeOffset.UtcNow.AddMinutes(-90);

    // People close the alerts of these as they come.
    private const string Closed = "closed_";

    private const string Own = """
        {"id":"threshold","name":"threshold","query":"k:a","group_by":"u","threshold":4,"window_seconds":30}
        {"id":"distinct","name":"distinct","query":"k:a or k:b","group_by":"u","distinct":"v","threshold":4,"window_seconds":40}
        {"id":"sum","name":"sum","query":"k:*","group_by":"v","sum":"n","threshold":60,"window_seconds":60}
        {"id":"new","name":"new","query":"k:b","group_by":"u","first_seen":"v","within_days":1}
        {"id":"storm","name":"storm","query":"k:c","group_by":"part"}
        {"id":"event","name":"event","query":"k:c u:u1","group_by":"event","storm":"off"}
        {"id":"closed_each","name":"closed_each","query":"k:a","group_by":"w","storm":"off"}
        {"id":"silent","name":"silent","query":"k:*","group_by":"w","absence":true,"window_seconds":15}
        {"id":"closed_many","name":"closed_many","query":"k:b","group_by":"w","threshold":3,"window_seconds":20,"storm":"off"}
        {"id":"looked_many","name":"looked_many","query":"k:a","group_by":"u","threshold":5,"schedule":"10s","window_seconds":10800}
        {"id":"looked_various","name":"looked_various","query":"k:b","group_by":"u","distinct":"v","threshold":3,"schedule":"10s","window_seconds":10800}
        """;

    private static readonly TimeSpan Lateness = TimeSpan.FromSeconds(60);

    private const string Correlations = """
        title: An a
        id: 11111111-0000-4000-8000-000000000001
        name: an_a
        logsource: {product: p}
        detection: {s: {k: a}, condition: s}
        ---
        title: A b
        id: 11111111-0000-4000-8000-000000000002
        name: a_b
        logsource: {product: p}
        detection: {s: {k: b}, condition: s}
        ---
        title: Many
        id: many
        correlation: {type: event_count, rules: [an_a], group-by: [u], timespan: 20s, condition: {gte: 3}}
        ---
        title: Values
        id: values
        correlation: {type: value_count, rules: [an_a, a_b], group-by: [u], timespan: 60s, condition: {field: v, gt: 4}}
        ---
        title: Both
        id: both
        correlation: {type: temporal, rules: [an_a, a_b], group-by: [u], timespan: 5s}
        ---
        title: In order
        id: ordered
        correlation: {type: temporal_ordered, rules: [an_a, a_b], group-by: [u, v], timespan: 30s}
        ---
        title: Few
        id: few
        correlation: {type: event_count, rules: [a_b], group-by: [u], timespan: 30s, condition: {lte: 1}}
        ---
        title: Much
        id: much
        correlation: {type: value_avg, rules: [an_a], group-by: [u], timespan: 40s, condition: {field: n, gt: 7}}
        ---
        title: Then
        id: then
        correlation: {type: temporal_ordered, rules: [many, a_b], group-by: [u], timespan: 2m}
        """;

    [Fact]
    public async Task Alerts_of_rules_of_every_kind_are_those_of_a_run_that_nobody_killed_after_fifty_kills_under_load()
    {
        var seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var (folder, port) = (Directory.CreateTempSubdirectory("picket-test-").FullName, PicketProcess.FreePort());
        var acknowledged = new int[Writers];
        var (closed, restored) = (new HashSet<string>(), 0);
        for (var kill = 0; kill < Kills; kill++)
        {
            // In every other life windows are written down all the time.
            using var server = await ServeAsync(folder, port, ("PICKET_STORAGE_GENERATION", "64KiB"), ("PICKET_DETECTION_SNAPSHOT_EVERY", kill % 2 == 0 ? "100ms" : "60s"));
            if (kill == 0)
            {
                await MakeRulesAsync(port);
                await SendOnceAsync(port);
            }
            using var stop = new CancellationTokenSource();
            var writers = Enumerable.Range(0, Writers).Select(writer => WriteAsync(port, writer, acknowledged, stop.Token)).Append(CloseAsync(port, closed, stop.Token)).ToArray();
            // In some lives an alert is closed, which takes until rules are run.
            var closes = closed.Count + (kill % 4 == 0 ? 1 : 0);
            for (var until = acknowledged.Sum() + random.Next(12); (acknowledged.Sum() < until || closed.Count < closes) && !writers.All(writer => writer.IsCompleted);)
            {
                await Task.Delay(1);
            }
            // At once, or in the midst of what rules do with it; now and then as scheduled rules are looked at, which is each full ten seconds.
            await Task.Delay(random.Next(4) * random.Next(60));
            var moment = 10_000 - (int)(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() % 10_000);
            await Task.Delay(moment < 3_000 ? moment + random.Next(1_200) : 0);
            server.Signal("KILL");
            await server.WaitAsync();
            restored += server.Output.Contains("Windows are as they were behind event", StringComparison.Ordinal) ? 1 : 0;
            await stop.CancelAsync();
            await Task.WhenAll(writers);
        }
        Assert.True(restored > Kills / 10, $"{restored} lives went on from a snapshot");
        var parts = Enumerable.Range(0, Writers).SelectMany(writer => Enumerable.Range(0, acknowledged[writer] + 1).Select(part => (Writer: writer, Part: part))).OrderBy(one => one.Part).ToArray();
        var started = DateTimeOffset.UtcNow;
        using var last = await ServeAsync(folder, port);
        using var http = PicketProcess.Client(port);
        for (var writer = 0; writer < Writers; writer++)
        {
            // Requests that were sent and not acknowledged are repeated under their key.
            await PostAsync(http, writer, acknowledged[writer], default);
        }
        var sent = DateTimeOffset.UtcNow;
        // Meanwhile the last events are waited for.
        var wanted = await UnkilledAsync(parts);
        var found = await UntilSettledAsync(http, wanted);
        Assert.Equal(wanted.Except(found).OrderBy(pair => pair.Key), found.Except(wanted).OrderBy(pair => pair.Key));
        await CheckClosedAsync(http, closed);
        await CheckScheduledAsync(http, [.. parts.SelectMany(one => EventsOf(one.Writer, one.Part))], started, sent);
        last.Signal("TERM");
        Assert.Equal(0, await last.WaitAsync());
        await CheckOutboxAsync(folder);
        foreach (var rule in new[] { "threshold", "distinct", "sum", "new", "storm", "event", "values", "both", "ordered", "few", "much", "then", "silent" })
        {
            Assert.Contains(wanted.Keys, fingerprint => fingerprint.StartsWith($"{rule}:", StringComparison.Ordinal));
        }
        TestContext.Current.TestOutputHelper!.WriteLine($"{acknowledged.Sum()} requests, {wanted.Count} alerts, {closed.Count} closed by people, {restored} lives went on from a snapshot");
        Directory.Delete(folder, recursive: true);
    }

    private static async Task<Dictionary<string, (long, string?, string?)>> UnkilledAsync(IEnumerable<(int Writer, int Part)> parts)
    {
        var (folder, port) = (Directory.CreateTempSubdirectory("picket-test-").FullName, PicketProcess.FreePort());
        using var server = await ServeAsync(folder, port);
        await MakeRulesAsync(port);
        await SendOnceAsync(port);
        using var http = PicketProcess.Client(port);
        foreach (var (writer, part) in parts)
        {
            await PostAsync(http, writer, part, default);
        }
        using var end = await http.PostAsync(new Uri("/v1/ingest/jsonl", UriKind.Relative), new StringContent($"{{\"ts\":\"{DateTimeOffset.UtcNow:O}\",\"k\":\"end\"}}"));
        end.EnsureSuccessStatusCode();
        var alerts = await UntilSettledAsync(http, null);
        server.Signal("TERM");
        await server.WaitAsync();
        Directory.Delete(folder, recursive: true);
        return alerts;
    }

    // Each event counts once, at whichever moment it was seen.
    private static async Task CheckScheduledAsync(HttpClient http, SentEvent[] events, DateTimeOffset started, DateTimeOffset sent)
    {
        foreach (var (rule, k) in new[] { ("looked_many", 'a'), ("looked_various", 'b') })
        {
            // A moment at which all had come.
            for (var until = DateTime.UtcNow.AddSeconds(60); ; await Task.Delay(100))
            {
                var at = (await http.GetFromJsonAsync(new Uri($"/v1/alerts/rules/{rule}", UriKind.Relative), TestJson.Default.JsonElement)).GetProperty("last_evaluated_at");
                if (at.ValueKind == JsonValueKind.String && at.GetDateTimeOffset() > sent - Lateness)
                {
                    break;
                }
                Assert.True(DateTime.UtcNow < until, $"{rule} was not looked at since {at}");
            }
            var alerts = await AllAsync(http, $"&rule={rule}");
            // They were looked at while the process died, too.
            Assert.Contains(alerts, alert => alert.GetProperty("created_at").GetDateTimeOffset() < started);
            var found = alerts.Select(alert => (Text(alert, "fingerprint"), alert.GetProperty("count").GetInt64(), alert.GetProperty("first_seen").GetDateTimeOffset(), alert.GetProperty("last_seen").GetDateTimeOffset())).Order();
            var groups = events.Where(one => one.Kind == k).GroupBy(one => one.User).Where(group => rule == "looked_many" ? group.Count() >= 5 : group.Select(one => one.Value).Distinct().Count() >= 3);
            Assert.Equal(groups.Select(group => ((string?)$"{rule}:u{group.Key}", (long)group.Count(), group.Min(one => one.At), group.Max(one => one.At))).Order(), found);
        }
    }

    // Each event is in one alert alone, whenever it was closed; and what was closed stays so.
    private static async Task CheckClosedAsync(HttpClient http, HashSet<string> closed)
    {
        var alerts = await AllAsync(http, "&rule=closed_each");
        var matched = (await http.GetFromJsonAsync(new Uri("/v1/alerts/rules/closed_each/matches?limit=1", UriKind.Relative), TestJson.Default.JsonElement)).GetProperty("total").GetInt64();
        Assert.Equal(matched, alerts.Sum(alert => alert.GetProperty("count").GetInt64()));
        foreach (var alert in alerts.Concat(await AllAsync(http, "&rule=closed_many")))
        {
            Assert.True(!closed.Contains(Text(alert, "id")!) || Text(alert, "state") == "closed", alert.ToString());
        }
        Assert.True(closed.Count > Kills / 10, $"{closed.Count} were closed by people");
    }

    // Each alert is to be told of once, but those that are part of a storm.
    private static async Task CheckOutboxAsync(string folder)
    {
        var database = new SqliteDatabase(Path.Combine(folder, "data", "metastore.db"));
        await using var connection = await database.OpenAsync(default);
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT (SELECT count(*) FROM alerts WHERE storm IS NULL) - (SELECT count(*) FROM outbox), (SELECT count(*) FROM alerts WHERE storm IS NULL AND id NOT IN (SELECT alert FROM outbox))";
        await using var row = await command.ExecuteReaderAsync();
        Assert.True(await row.ReadAsync());
        Assert.Equal((0L, 0L), (row.GetInt64(0), row.GetInt64(1)));
    }

    private static async Task<Dictionary<string, (long Count, string? First, string? Last)>> UntilSettledAsync(HttpClient http, Dictionary<string, (long, string?, string?)>? wanted)
    {
        var was = new Dictionary<string, (long, string?, string?)>();
        for (var (until, same) = (DateTime.UtcNow.AddSeconds(150), 0); ; await Task.Delay(250))
        {
            var behind = (await http.GetFromJsonAsync(new Uri("/v1/alerts/rules/threshold/matches?limit=1", UriKind.Relative), TestJson.Default.JsonElement)).GetProperty("behind").GetInt64();
            var now = (await AllAsync(http, "")).Where(alert => !Text(alert, "rule_id")!.StartsWith(Closed, StringComparison.Ordinal) && !Text(alert, "rule_id")!.StartsWith("looked", StringComparison.Ordinal))
                .ToDictionary(Name, alert => (alert.GetProperty("count").GetInt64(), Text(alert, "first_seen"), Text(alert, "last_seen")));
            // Which alerts are part of a storm depends on which came first; how many events they have together does not.
            var folded = now.Keys.Where(fingerprint => fingerprint.StartsWith("storm:", StringComparison.Ordinal)).ToArray();
            var counted = folded.Sum(fingerprint => now[fingerprint].Item1);
            foreach (var fingerprint in folded)
            {
                now.Remove(fingerprint);
            }
            now.Add("storm:", (counted, null, null));
            same = behind == 0 && now.Count == was.Count && now.All(pair => was.TryGetValue(pair.Key, out var before) && before == pair.Value) ? same + 1 : 0;
            was = now;
            // That nothing comes any more is known when it has not come for long enough.
            var isMissed = now.Keys.Count(fingerprint => fingerprint.StartsWith("silent:", StringComparison.Ordinal)) == Writers + 1;
            if ((wanted is not null && same > 0 && was.Count == wanted.Count && was.All(pair => wanted.TryGetValue(pair.Key, out var right) && right == pair.Value))
                || (wanted is null && same >= 12 && isMissed) || DateTime.UtcNow > until)
            {
                return was;
            }
        }
    }

    private static async Task<List<JsonElement>> AllAsync(HttpClient http, string query)
    {
        var all = new List<JsonElement>();
        for (string? cursor = ""; cursor is not null;)
        {
            var page = await http.GetFromJsonAsync(new Uri($"/v1/alerts?limit=1000{query}{(cursor.Length > 0 ? "&cursor=" + cursor : "")}", UriKind.Relative), TestJson.Default.JsonElement);
            all.AddRange(page.GetProperty("alerts").EnumerateArray());
            cursor = Text(page, "next_cursor");
        }
        return all;
    }

    private static async Task MakeRulesAsync(int port)
    {
        using var http = PicketProcess.Client(port);
        foreach (var rule in Own.Split('\n'))
        {
            using var made = await http.PostAsync(new Uri("/v1/alerts/rules", UriKind.Relative), new StringContent(rule));
            Assert.True(made.IsSuccessStatusCode, await made.Content.ReadAsStringAsync());
        }
        using var taken = await http.PostAsync(new Uri("/v1/alerts/rules/import", UriKind.Relative), new StringContent(Correlations));
        Assert.Contains("\"refused\":[]", await taken.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static async Task WriteAsync(int port, int writer, int[] acknowledged, CancellationToken stop)
    {
        using var http = PicketProcess.Client(port);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await PostAsync(http, writer, acknowledged[writer], stop);
                acknowledged[writer]++;
                // So many that they can all be compared.
                await Task.Delay(40, stop);
            }
            catch (Exception error) when (error is HttpRequestException or OperationCanceledException or IOException)
            {
                // The server is dead, or dies now: the same part comes again with the next one.
                return;
            }
        }
    }

    private static async Task CloseAsync(int port, HashSet<string> closed, CancellationToken stop)
    {
        using var http = PicketProcess.Client(port);
        try
        {
            var turn = 0;
            while (!stop.IsCancellationRequested)
            {
                foreach (var alert in await AllAsync(http, $"&state=open&rule={Closed}{(++turn % 2 == 0 ? "each" : "many")}"))
                {
                    using var answer = await http.PostAsync(new Uri($"/v1/alerts/{Text(alert, "id")}/close", UriKind.Relative), new StringContent(""), stop);
                    if (answer.StatusCode == HttpStatusCode.OK)
                    {
                        closed.Add(Text(alert, "id")!);
                    }
                }
                await Task.Delay(20, stop);
            }
        }
        catch (Exception error) when (error is HttpRequestException or OperationCanceledException or IOException)
        {
            // As with writers.
        }
    }

    // What an event says depends on its place alone.
    private static IEnumerable<SentEvent> EventsOf(int writer, int part)
    {
        var random = new Random((part * Writers) + writer);
        for (var i = random.Next(1, 12); i > 0; i--)
        {
            yield return new SentEvent(
                Start.AddSeconds((part * 3) + (random.NextDouble() * 20)), $"w{writer}", $"p{writer}-{part}", "abc"[random.Next(3)], random.Next(Users), random.Next(6), random.Next(10));
        }
    }

    private static async Task PostAsync(HttpClient http, int writer, int part, CancellationToken stop)
    {
        var lines = string.Concat(EventsOf(writer, part).Select(one => one.Json));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/ingest/jsonl") { Content = new StringContent(lines, Encoding.UTF8) };
        request.Headers.Add("Idempotency-Key", $"{writer}-{part}");
        using var answer = await http.SendAsync(request, stop);
        answer.EnsureSuccessStatusCode();
    }

    private static async Task SendOnceAsync(int port)
    {
        using var http = PicketProcess.Client(port);
        using var answer = await http.PostAsync(new Uri("/v1/ingest/jsonl", UriKind.Relative), new StringContent($"{{\"ts\":\"{Start:O}\",\"k\":\"once\",\"w\":\"once\"}}"));
        answer.EnsureSuccessStatusCode();
    }

    // An event's id differs where it came in another order.
    private static string Name(JsonElement alert) => Text(alert, "fingerprint")!.StartsWith("event:", StringComparison.Ordinal) ? $"event:{Text(alert, "first_seen")}" : Text(alert, "fingerprint")!;

    private static string? Text(JsonElement of, string name) => of.GetProperty(name).GetString();

    private static Task<PicketProcess> ServeAsync(string folder, int port, params (string Name, string Value)[] besides) =>
        PicketProcess.ServeAsync(folder, port, [("PICKET_DETECTION_LATENESS", $"{Lateness.TotalSeconds}s"), .. besides]);

    private sealed record SentEvent(DateTimeOffset At, string Writer, string Part, char Kind, int User, int Value, int Number)
    {
        public string Json => string.Create(CultureInfo.InvariantCulture, $"{{\"ts\":\"{At.UtcDateTime:O}\",\"w\":\"{Writer}\",\"part\":\"{Part}\",\"k\":\"{Kind}\",\"u\":\"u{User}\",\"v\":\"v{Value}\",\"n\":{Number}}}\n");
    }
}
