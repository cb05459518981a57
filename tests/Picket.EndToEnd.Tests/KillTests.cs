using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Picket.EndToEnd.Tests;

/// <summary>The guarantee that everything else rests on: what was acknowledged is there once, rules match it once and alerts count it once, however often the process dies.</summary>
public sealed class KillTests
{
    // KILLS_OF_TEST makes it longer.
    private static readonly int Kills = int.TryParse(Environment.GetEnvironmentVariable("KILLS_OF_TEST"), out var kills) ? kills : 200;
    private const int Writers = 4;

    // Of one writer's events, of every tenth or so, of all.
    private static readonly (string Id, string Query)[] Rules = [("one", "w:w0"), ("some", "i:7"), ("all", "message:event")];

    // Of enough events with the same number: all of them are within the window.
    private const int Threshold = 50;
    private const string Burst = """{"id":"burst","name":"burst","query":"message:event","group_by":"i","threshold":50,"window_seconds":604800}""";

    [Fact]
    public async Task Every_acknowledged_event_is_there_exactly_once_after_two_hundred_kills_under_load()
    {
        var seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var folder = Directory.CreateTempSubdirectory("picket-test-").FullName;
        var port = PicketProcess.FreePort();
        var acknowledged = new int[Writers];
        var (flushes, merges) = (0, 0);
        for (var kill = 0; kill < Kills; kill++)
        {
            using var server = await PicketProcess.ServeAsync(folder, port, ("PICKET_STORAGE_GENERATION", "32KiB"));
            if (kill == 0)
            {
                await MakeRulesAsync(port);
            }
            using var stop = new CancellationTokenSource();
            var writers = Enumerable.Range(0, Writers).Select(writer => WriteAsync(port, writer, acknowledged, stop.Token)).ToArray();
            // By what was done and not by the clock, so that a slow machine has as many flushes and merges to be hit as a fast one.
            for (var until = acknowledged.Sum() + random.Next(16); acknowledged.Sum() < until && !writers.All(writer => writer.IsCompleted);)
            {
                await Task.Delay(1);
            }
            server.Signal("KILL");
            await server.WaitAsync();
            await stop.CancelAsync();
            await Task.WhenAll(writers);
            flushes += Count(server.Output, "Flushed ");
            merges += Count(server.Output, "Merged ");
        }
        TestContext.Current.TestOutputHelper!.WriteLine($"{acknowledged.Sum()} requests, {flushes} flushes, {merges} merges");
        Assert.True(flushes > Kills && merges > Kills / 20, $"{flushes} flushes and {merges} merges in {Kills} lives");
        using var last = await PicketProcess.ServeAsync(folder, port);
        using var http = PicketProcess.Client(port);
        for (var writer = 0; writer < Writers; writer++)
        {
            // Requests that were sent and not acknowledged are repeated under their key before counting.
            await PostAsync(http, writer, acknowledged[writer], default);
            acknowledged[writer]++;
            for (var part = 0; part < acknowledged[writer]; part++)
            {
                var total = await CountAsync(http, $"w:w{writer} part:p{part}");
                Assert.True(total == EventsOf(part), $"writer {writer}, part {part}: {total} of {EventsOf(part)} events");
            }
            Assert.Equal(Enumerable.Range(0, acknowledged[writer]).Sum(EventsOf), await CountAsync(http, $"w:w{writer}"));
        }
        foreach (var (rule, query) in Rules)
        {
            Assert.Equal((rule, await CountAsync(http, query)), (rule, await MatchedAsync(http, rule)));
        }
        await CheckAlertsAsync(http, acknowledged);
        Assert.True(acknowledged.Sum() > Kills, $"{acknowledged.Sum()} requests were acknowledged");
        Assert.Empty(Directory.GetFiles(Path.Combine(folder, "data"), "*.tmp", SearchOption.AllDirectories));
        Assert.False(Directory.Exists(Path.Combine(folder, "data", "set-aside")));
        last.Signal("TERM");
        Assert.Equal(0, await last.WaitAsync());
        var (verified, findings) = await PicketProcess.RunAsync(folder, ["verify", "data"]);
        Assert.True(verified == 0, findings);
        Directory.Delete(folder, recursive: true);
    }

    // One alert for each rule and each number of which there are enough events, with exactly these.
    private static async Task CheckAlertsAsync(HttpClient http, int[] acknowledged)
    {
        var alerts = (await http.GetFromJsonAsync(new Uri("/v1/alerts?limit=1000", UriKind.Relative), TestJson.Default.JsonElement)).GetProperty("alerts").EnumerateArray()
            .ToDictionary(alert => alert.GetProperty("fingerprint").GetString()!);
        foreach (var (rule, query) in Rules)
        {
            Assert.Equal(await CountAsync(http, query), alerts.Where(alert => alert.Key.StartsWith($"{rule}:", StringComparison.Ordinal)).Sum(alert => alert.Value.GetProperty("count").GetInt64()));
        }
        var parts = acknowledged.SelectMany(count => Enumerable.Range(0, count)).ToArray();
        var raised = 0;
        for (var i = 0; i < 40; i++)
        {
            var events = parts.Count(part => EventsOf(part) > i);
            Assert.Equal((i, events >= Threshold), (i, alerts.TryGetValue($"burst:{i}", out var alert)));
            if (events >= Threshold)
            {
                raised++;
                Assert.Equal((i, events), (i, alert.GetProperty("count").GetInt32()));
                Assert.Equal((await TimeAsync("asc"), await TimeAsync("desc")), (alert.GetProperty("first_seen").GetString(), alert.GetProperty("last_seen").GetString()));
            }

            async Task<string?> TimeAsync(string sort)
            {
                using var answer = await http.PostAsync(new Uri("/v1/logs/search", UriKind.Relative), new StringContent($"{{\"query\":\"i:{i}\",\"size\":1,\"sort\":\"{sort}\"}}"));
                return (await answer.Content.ReadFromJsonAsync(TestJson.Default.JsonElement)).GetProperty("hits")[0].GetProperty("ts").GetString();
            }
        }
        Assert.True(raised > 0, $"{parts.Length} requests");
    }

    private static async Task MakeRulesAsync(int port)
    {
        using var http = PicketProcess.Client(port);
        foreach (var rule in Rules.Select(rule => $"{{\"id\":\"{rule.Id}\",\"name\":\"{rule.Id}\",\"query\":\"{rule.Query}\"}}").Append(Burst))
        {
            using var answer = await http.PostAsync(new Uri("/v1/alerts/rules", UriKind.Relative), new StringContent(rule));
            answer.EnsureSuccessStatusCode();
        }
    }

    /// <summary>How many events a rule has matched once it has looked at all.</summary>
    private static async Task<long> MatchedAsync(HttpClient http, string rule)
    {
        for (var end = DateTime.UtcNow.AddSeconds(60); ;)
        {
            var answer = await http.GetFromJsonAsync(new Uri($"/v1/alerts/rules/{rule}/matches?limit=1", UriKind.Relative), TestJson.Default.JsonElement);
            if (answer.GetProperty("behind").GetInt64() == 0)
            {
                return answer.GetProperty("total").GetInt64();
            }
            Assert.True(DateTime.UtcNow < end, answer.ToString());
            await Task.Delay(10);
        }
    }

    private static int Count(string text, string what) => text.Split(what).Length - 1;

    private static int EventsOf(int part) => 1 + (part * 7 % 40);

    private static async Task WriteAsync(int port, int writer, int[] acknowledged, CancellationToken stop)
    {
        using var http = PicketProcess.Client(port);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await PostAsync(http, writer, acknowledged[writer], stop);
                acknowledged[writer]++;
            }
            catch (Exception error) when (error is HttpRequestException or OperationCanceledException or IOException)
            {
                // The server is dead, or dies now: the same part comes again with the next one.
                return;
            }
        }
    }

    private static async Task PostAsync(HttpClient http, int writer, int part, CancellationToken stop)
    {
        var lines = string.Concat(Enumerable.Range(0, EventsOf(part)).Select(i => $"{{\"w\":\"w{writer}\",\"part\":\"p{part}\",\"i\":{i},\"message\":\"event {i} of part {part}\"}}\n"));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/ingest/jsonl") { Content = new StringContent(lines, Encoding.UTF8) };
        request.Headers.Add("Idempotency-Key", $"{writer}-{part}");
        using var answer = await http.SendAsync(request, stop);
        answer.EnsureSuccessStatusCode();
        var json = await answer.Content.ReadFromJsonAsync(TestJson.Default.JsonElement, stop);
        Assert.Equal(EventsOf(part), json.GetProperty("accepted").GetInt32());
    }

    private static async Task<long> CountAsync(HttpClient http, string query)
    {
        using var answer = await http.PostAsync(new Uri("/v1/logs/search", UriKind.Relative), new StringContent($"{{\"query\":\"{query}\",\"size\":1,\"track_total\":true}}"));
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync(TestJson.Default.JsonElement)).GetProperty("total").GetInt64();
    }
}

[System.Text.Json.Serialization.JsonSerializable(typeof(JsonElement))]
internal sealed partial class TestJson : System.Text.Json.Serialization.JsonSerializerContext;
