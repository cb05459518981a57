using System.Diagnostics;
using System.Text;

namespace Picket.Bench.EndToEnd;

/// <summary>
/// Many who search while events are sent at a steady rate: what each feels of the other. Searchers ask one of the eleven questions in turn, each with a word, address
/// or time of its own, once with a pause of a second as people do, once without any.
/// </summary>
internal static class Searchers
{
    private const int Many = 20;
    private const int EventsASecond = 50_000;
    private static readonly string[] Names = ["count all", "newest errors", "an address", "an id", "a frequent word", "a rare word", "an expression", "per hour and level", "top addresses", "some hours", "latency"];

    public static async Task RunAsync(string program, string file)
    {
        var requests = HttpIngest.Split(await File.ReadAllBytesAsync(file));
        using var server = await BenchServer.StartAsync(program, ("PICKET_STORAGE_RETENTION", "3650d"));
        foreach (var request in requests)
        {
            using var answer = await server.Http.PostAsync(new Uri("/v1/ingest/jsonl", UriKind.Relative), new ReadOnlyMemoryContent(request));
            answer.EnsureSuccessStatusCode();
        }
        await Task.Delay(TimeSpan.FromSeconds(5));
        Print("alone", await SendAsync(server, requests, TimeSpan.FromSeconds(15)), []);
        foreach (var (name, pause) in ((string, int)[])[("twenty searchers, a second between their questions", 1_000), ("twenty searchers, one question after the other", 0)])
        {
            using var end = new CancellationTokenSource();
            var searching = Enumerable.Range(0, Many).Select(searcher => AskAsync(server, searcher, pause, end.Token)).ToArray();
            var sending = await SendAsync(server, requests, TimeSpan.FromSeconds(30));
            await end.CancelAsync();
            Print(name, sending, (await Task.WhenAll(searching)).SelectMany(times => times));
        }
        BenchServer.Print($"peak {server.PeakBytes / 1024 / 1024:N0} MiB");
    }

    private static void Print(string name, (double Rate, List<double> Times) sent, IEnumerable<(int Which, double Ms)> asked)
    {
        var all = asked.ToArray();
        var times = all.Select(one => one.Ms).Order().ToArray();
        BenchServer.Print($"{name}: {sent.Rate:N0} events/s sent, a request of 10,000 p50 {Part(sent.Times, 50):N1} ms, p95 {Part(sent.Times, 95):N1} ms");
        if (times.Length > 0)
        {
            BenchServer.Print($"  {times.Length} questions: p50 {Part(times, 50):N1} ms, p95 {Part(times, 95):N1} ms, p99 {Part(times, 99):N1} ms, worst {times[^1]:N1} ms");
            BenchServer.Print($"  slowest kinds, p95: {string.Join(", ", all.GroupBy(one => one.Which).Select(kind => (Name: Names[kind.Key], Ms: Part([.. kind.Select(one => one.Ms).Order()], 95))).OrderByDescending(kind => kind.Ms).Take(4).Select(kind => $"{kind.Name} {kind.Ms:N0} ms"))}");
        }
    }

    private static double Part(IReadOnlyList<double> sorted, int percent) => sorted[sorted.Count * percent / 100];

    private static async Task<(double Rate, List<double> Times)> SendAsync(BenchServer server, List<Memory<byte>> requests, TimeSpan duration)
    {
        var (begin, sent, times) = (Stopwatch.GetTimestamp(), 0L, new List<double>());
        while (Stopwatch.GetElapsedTime(begin) < duration)
        {
            var early = (sent / (double)EventsASecond) - Stopwatch.GetElapsedTime(begin).TotalSeconds;
            if (early > 0)
            {
                await Task.Delay(TimeSpan.FromSeconds(early));
            }
            var lines = requests[(int)(sent / 10_000 % requests.Count)];
            HttpIngest.MoveToNow(lines);
            var start = Stopwatch.GetTimestamp();
            using var answer = await server.Http.PostAsync(new Uri("/v1/ingest/jsonl", UriKind.Relative), new ReadOnlyMemoryContent(lines));
            answer.EnsureSuccessStatusCode();
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            sent += 10_000;
        }
        times.Sort();
        return (sent / Stopwatch.GetElapsedTime(begin).TotalSeconds, times);
    }

    private static async Task<List<(int Which, double Ms)>> AskAsync(BenchServer server, int searcher, int pause, CancellationToken end)
    {
        var (random, times) = (new Random(searcher), new List<(int, double)>());
        for (var i = searcher; !end.IsCancellationRequested; i++)
        {
            var (path, body) = Question(i % 11, random);
            var start = Stopwatch.GetTimestamp();
            using var answer = await server.Http.PostAsync(new Uri($"/v1/logs/{path}", UriKind.Relative), new StringContent(body, Encoding.UTF8), CancellationToken.None);
            await answer.Content.ReadAsByteArrayAsync(CancellationToken.None);
            answer.EnsureSuccessStatusCode();
            times.Add((i % 11, Stopwatch.GetElapsedTime(start).TotalMilliseconds));
            await Task.Delay(pause, CancellationToken.None);
        }
        return times;
    }

    private static (string Path, string Body) Question(int which, Random random)
    {
        var ip = $"10.{random.Next(256)}.{random.Next(256)}.{random.Next(256)}";
        return which switch
        {
            0 => ("search", """{"size":1,"track_total":true}"""),
            1 => ("search", """{"size":100,"level":"error"}"""),
            2 => ("search", $$"""{"size":100,"query":"src_ip:{{ip}}"}"""),
            3 => ("search", $$"""{"size":10,"query":"request_id:{{Guid.NewGuid()}}"}"""),
            4 => ("search", $$"""{"size":1,"query":"{{(random.Next(2) == 0 ? "completed" : "status")}}","track_total":true}"""),
            5 => ("search", $$"""{"size":1,"query":"user0{{random.Next(1_000, 9_999)}}","track_total":true}"""),
            6 => ("search", $$"""{"size":1,"query":"message:~\"status {{random.Next(1, 6)}}0[03] in\"","track_total":true}"""),
            7 => ("aggregate", """{"group_by":"level","interval":"1h"}"""),
            8 => ("aggregate", """{"group_by":"src_ip","top":10}"""),
            9 => ("search", $$"""{"size":100,"from":"2026-01-20T{{random.Next(23):00}}:00:00Z","to":"2026-01-20T23:{{random.Next(60):00}}:00Z"}"""),
            _ => ("search", $$"""{"size":1,"query":"latency_ms:>{{random.Next(100, 1_000)}}","track_total":true}"""),
        };
    }
}
