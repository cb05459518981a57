using System.Net;
using System.Text;

namespace Picket.Server.Tests;

public sealed class TailTests(RunningServer server)
{
    private async Task AddAsync(string key, int from, int count, string more = "") =>
        Assert.Equal(200, (await server.PostAsync("/v1/ingest/jsonl", key, string.Join('\n', Enumerable.Range(from, count).Select(number => $"{{\"number\":{number}{more}}}")))).Code);

    [Fact]
    public async Task Events_come_as_they_are_stored_to_those_who_asked_for_them()
    {
        var (key, other) = (await server.NewTenantAsync(), await server.NewTenantAsync());
        await AddAsync(key, 0, 3, ",\"level\":\"error\"");
        using var errors = await TailClient.OpenAsync(server.Http, key, """{"query":"level:error"}""");
        using var alsoErrors = await TailClient.OpenAsync(server.Http, key, """{"level":"error"}""");
        using var all = await TailClient.OpenAsync(server.Http, key, "{}");
        using var others = await TailClient.OpenAsync(server.Http, other, "{}");
        await AddAsync(key, 10, 1);
        await AddAsync(key, 11, 2, ",\"level\":\"error\",\"message\":\"two\\nlines\"");
        await AddAsync(other, 20, 1);
        Assert.Equal((11, 12), (await errors.NextNumberAsync(), await errors.NextNumberAsync()));
        Assert.Equal((11, 12), (await alsoErrors.NextNumberAsync(), await alsoErrors.NextNumberAsync()));
        Assert.Equal((10, 11, 12), (await all.NextNumberAsync(), await all.NextNumberAsync(), await all.NextNumberAsync()));
        Assert.Equal(20, await others.NextNumberAsync());
        Assert.Equal(0, all.Missed);
    }

    [Fact]
    public async Task A_tail_cut_off_resumes_without_loss_or_repetition_while_events_arrive()
    {
        const int Count = 6_000;
        var key = await server.NewTenantAsync();
        var last = await PositionAsync(key);
        var writing = Task.Run(async () =>
        {
            for (var number = 0; number < Count; number += 50)
            {
                await AddAsync(key, number, 50);
            }
        });
        var random = new Random(3);
        var seen = new List<int>();
        while (seen.Count < Count)
        {
            using var tail = await TailClient.OpenAsync(server.Http, key, "{}", last);
            for (var left = random.Next(1, 900); left > 0 && seen.Count < Count; left--)
            {
                seen.Add(await tail.NextNumberAsync());
            }
            Assert.Equal(0, tail.Missed);
            last = tail.Last!;
        }
        await writing;
        Assert.Equal(Enumerable.Range(0, Count), seen);
    }

    [Fact]
    public async Task A_slow_reader_is_told_how_many_it_missed_and_slows_nobody()
    {
        const int Count = 12_000;
        var key = await server.NewTenantAsync();
        using var slow = await TailClient.OpenAsync(server.Http, key, "{}");
        using var quick = await TailClient.OpenAsync(server.Http, key, """{"query":"number:11999"}""");
        // More than a connection and the bound of a queue hold together.
        var padding = $",\"message\":\"{new string('x', 2_000)}\"";
        for (var number = 0; number < Count; number += 500)
        {
            await AddAsync(key, number, 500, padding);
        }
        Assert.Equal(Count - 1, await quick.NextNumberAsync());
        var seen = new List<int>();
        while (seen.Count + slow.Missed < Count)
        {
            if (await slow.NextAsync() is { } next)
            {
                seen.Add(TailClient.NumberOf(next));
            }
        }
        Assert.True(slow.Missed > 0);
        Assert.Equal(seen.Distinct().Order(), seen);
    }

    [Fact]
    public async Task A_thousand_tails_hear_of_an_event_and_one_more_is_refused()
    {
        var folder = Directory.CreateTempSubdirectory("picket-test-").FullName;
        await using (var own = await RunningServer.StartAsync(folder, ("bootstrap_key", "k")))
        {
            using var handler = new SocketsHttpHandler { MaxConnectionsPerServer = 2_000 };
            using var http = new HttpClient(handler) { BaseAddress = new Uri(own.Urls.First()) };
            var tails = new List<TailClient>();
            for (var i = 0; i < 1_000; i += 50)
            {
                tails.AddRange(await Task.WhenAll(Enumerable.Range(i, 50).Select(number => TailClient.OpenAsync(http, "k", $"{{\"query\":\"number:>={number}\"}}"))));
            }
            using var refused = new HttpRequestMessage(HttpMethod.Post, "/v1/logs/tail") { Content = new StringContent("{}"), Headers = { { "X-API-Key", "k" } } };
            Assert.Equal(HttpStatusCode.ServiceUnavailable, (await http.SendAsync(refused, HttpCompletionOption.ResponseHeadersRead)).StatusCode);
            using var post = new HttpRequestMessage(HttpMethod.Post, "/v1/ingest/jsonl") { Content = new StringContent("{\"number\":1000}", Encoding.UTF8), Headers = { { "X-API-Key", "k" } } };
            await http.SendAsync(post);
            Assert.All(await Task.WhenAll(tails.Select(tail => tail.NextNumberAsync())), number => Assert.Equal(1_000, number));
            Assert.Contains("picket_tail_open 1000", await http.GetStringAsync("/metrics"), StringComparison.Ordinal);
            tails[0].Dispose();
            while (!(await http.GetStringAsync("/metrics")).Contains("picket_tail_open 999", StringComparison.Ordinal))
            {
                await Task.Yield();
            }
            // The others are open while the server stops, and do not keep it from that.
        }
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("{\"query\":\"* | count\"}", "1-1", "invalid_request")]
    [InlineData("{\"query\":\"(\"}", "1-1", "invalid_request")]
    [InlineData("{}", "rubbish", "invalid_parameter")]
    [InlineData("{}", "1-9999999999", "invalid_parameter")]
    public async Task What_cannot_be_tailed_is_refused(string body, string last, string word) =>
        (await server.PostAsync("/v1/logs/tail", RunningServer.Admin, body, ("Last-Event-ID", last))).IsError(400, word);

    private async Task<string> PositionAsync(string key)
    {
        using var tail = await TailClient.OpenAsync(server.Http, key, """{"query":"from:2999-01-01"}""");
        return await tail.BeginsAfterAsync();
    }
}
