using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Picket.Metastore;

namespace Picket.EndToEnd.Tests;

/// <summary>Rules that are looked at each minute while the process dies again and again, most often when they are looked at: each event counts once, and each alert is told of once.</summary>
public sealed class ScheduledKillTests
{
    private const int Users = 6;
    private const int Rounds = 2;

    private static readonly string[] Rules =
    [
        """{"id":"many","name":"many","query":"k:a","group_by":"u","threshold":5,"schedule":"1m","window_seconds":7200}""",
        """{"id":"various","name":"various","query":"k:a","group_by":"u","distinct":"v","threshold":2,"schedule":"* * * * *","window_seconds":7200}""",
    ];

    // Within the window of every moment of the test.
    private static readonly DateTimeOffset Start = DateTimeOffset.UtcNow.AddMinutes(-50);

    [Fact]
    public async Task Each_event_counts_once_in_alerts_of_scheduled_rules_and_each_is_told_of_once_however_often_the_process_dies_as_it_looks()
    {
        var seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var (folder, port) = (Directory.CreateTempSubdirectory("picket-test-").FullName, PicketProcess.FreePort());
        var (part, kills) = (0, 0);
        using (var first = await ServeAsync(folder, port))
        {
            using var http = Client(port);
            foreach (var rule in Rules)
            {
                using var made = await http.PostAsync(new Uri("/v1/alerts/rules", UriKind.Relative), new StringContent(rule));
                Assert.True(made.IsSuccessStatusCode, await made.Content.ReadAsStringAsync());
            }
            // What is sent from now on is behind where they begin.
            while (await CountAsync(folder, "SELECT count(*) FROM schedules") < Rules.Length)
            {
                await Task.Delay(50);
            }
            first.Signal("KILL");
            await first.WaitAsync();
        }
        for (var end = NextMinute().AddMinutes(Rounds - 1).AddSeconds(10); DateTimeOffset.UtcNow < end; kills++)
        {
            using var server = await ServeAsync(folder, port);
            using var http = Client(port);
            // Around a full minute it dies in the midst of what it does then.
            var seconds = DateTimeOffset.UtcNow.Second;
            var lives = DateTimeOffset.UtcNow.AddMilliseconds(seconds is > 10 and < 55 ? 3_000 + random.Next(3_000) : random.Next(1_200));
            while (DateTimeOffset.UtcNow < lives)
            {
                await PostAsync(http, part++);
                await Task.Delay(random.Next(100));
            }
            server.Signal("KILL");
            await server.WaitAsync();
        }
        using (var last = await ServeAsync(folder, port))
        {
            using var http = Client(port);
            var (sent, moment) = (Enumerable.Range(0, part).SelectMany(EventsOf).ToArray(), NextMinute());
            await UntilAsync(http, rule => rule.GetProperty("last_evaluated_at") is { ValueKind: JsonValueKind.String } at && at.GetDateTimeOffset() >= moment);
            var alerts = await http.GetFromJsonAsync(new Uri("/v1/alerts?limit=1000", UriKind.Relative), TestJson.Default.JsonElement);
            var wanted = sent.GroupBy(one => one.User).SelectMany(group => new[] { "many", "various" }.Select(rule => ($"{rule}:{group.Key}", (long)group.Count(), group.Min(one => one.Time), group.Max(one => one.Time)))).Order();
            var found = alerts.GetProperty("alerts").EnumerateArray().Select(alert => (
                alert.GetProperty("fingerprint").GetString()!, alert.GetProperty("count").GetInt64(), alert.GetProperty("first_seen").GetDateTimeOffset(), alert.GetProperty("last_seen").GetDateTimeOffset())).Order();
            Assert.Equal(wanted, found);
            last.Signal("TERM");
            Assert.Equal(0, await last.WaitAsync());
        }
        Assert.Equal(2 * Users, await CountAsync(folder, "SELECT count(*) FROM outbox"));
        Assert.Equal(2 * Users, await CountAsync(folder, "SELECT count(DISTINCT alert) FROM outbox"));
        TestContext.Current.TestOutputHelper!.WriteLine($"{kills} kills, {part} requests");
        Directory.Delete(folder, recursive: true);
    }

    private static async Task<long> CountAsync(string folder, string sql)
    {
        var database = new SqliteDatabase(Path.Combine(folder, "data", "metastore.db"));
        await using var connection = await database.OpenAsync(default);
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static DateTimeOffset NextMinute() => DateTimeOffset.FromUnixTimeSeconds(((DateTimeOffset.UtcNow.ToUnixTimeSeconds() / 60) + 1) * 60);

    private static async Task UntilAsync(HttpClient http, Func<JsonElement, bool> isSo)
    {
        foreach (var id in new[] { "many", "various" })
        {
            for (var until = DateTimeOffset.UtcNow.AddMinutes(3); !isSo(await http.GetFromJsonAsync(new Uri($"/v1/alerts/rules/{id}", UriKind.Relative), TestJson.Default.JsonElement)); await Task.Delay(100))
            {
                Assert.True(DateTimeOffset.UtcNow < until, $"{id} was not looked at");
            }
        }
    }

    private static IEnumerable<(string User, DateTimeOffset Time, string Value)> EventsOf(int part) =>
        Enumerable.Range(0, Users).Select(user => ($"u{user}", Start.AddSeconds((part % 200) + user), $"v{part % 3}"));

    private static async Task PostAsync(HttpClient http, int part)
    {
        var lines = string.Concat(EventsOf(part).Select(one => string.Create(CultureInfo.InvariantCulture, $"{{\"ts\":\"{one.Time.UtcDateTime:O}\",\"k\":\"a\",\"u\":\"{one.User}\",\"v\":\"{one.Value}\"}}\n")));
        using var answer = await http.PostAsync(new Uri("/v1/ingest/jsonl", UriKind.Relative), new StringContent(lines, Encoding.UTF8));
        answer.EnsureSuccessStatusCode();
    }

    private static Task<PicketProcess> ServeAsync(string folder, int port) => PicketProcess.ServeAsync(folder, port, ("PICKET_DETECTION_LATENESS", "1s"), ("PICKET_DETECTION_PACK", "false"));

    private static HttpClient Client(int port)
    {
        var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromSeconds(30) };
        http.DefaultRequestHeaders.Add("X-API-Key", PicketProcess.Key);
        return http;
    }
}
