using System.Diagnostics;

namespace Picket.Bench.EndToEnd;

/// <summary>One tenant that sends at full speed and asks heavy questions all the time, beside another that asks small ones: what the other feels of it.</summary>
internal static class Neighbours
{
    public static async Task RunAsync(string program, string file)
    {
        var requests = HttpIngest.Split(await File.ReadAllBytesAsync(file));
        using var server = await BenchServer.StartAsync(program);
        using var other = new HttpClient { BaseAddress = server.Http.BaseAddress };
        other.DefaultRequestHeaders.Add("X-API-Key", await KeyAsync(program, server.Folder));
        foreach (var request in requests.Take(5))
        {
            using var answer = await other.PostAsync(new Uri("/v1/ingest/jsonl", UriKind.Relative), new ReadOnlyMemoryContent(request));
            answer.EnsureSuccessStatusCode();
        }
        var alone = await AskAsync(other, TimeSpan.FromSeconds(5));
        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var sending = Enumerable.Range(0, 2).Select(async sender =>
        {
            var sent = 0L;
            for (var i = sender; !end.IsCancellationRequested; i += 2)
            {
                using var answer = await server.Http.PostAsync(new Uri("/v1/ingest/jsonl", UriKind.Relative), new ReadOnlyMemoryContent(requests[i % requests.Count]), CancellationToken.None);
                sent += 10_000;
            }
            return sent;
        }).ToArray();
        var asking = Enumerable.Range(0, 4).Select(async _ =>
        {
            while (!end.IsCancellationRequested)
            {
                using var answer = await server.Http.PostAsync(
                    new Uri("/v1/logs/search", UriKind.Relative), new StringContent("""{"query":"message:~\"[a-z]+ [0-9]+\"","size":1,"track_total":true}"""), CancellationToken.None);
            }
        }).ToArray();
        var beside = await AskAsync(other, TimeSpan.FromSeconds(18));
        var sent = (await Task.WhenAll(sending)).Sum();
        await Task.WhenAll(asking);
        BenchServer.Print($"newest 100 of one tenant: alone p50 {alone[alone.Count / 2]:N1} ms, p95 {alone[alone.Count * 95 / 100]:N1} ms; beside one that sends {sent / 20:N0} events/s and asks four heavy questions at once: p50 {beside[beside.Count / 2]:N1} ms, p95 {beside[beside.Count * 95 / 100]:N1} ms, worst {beside[^1]:N1} ms");
    }

    private static async Task<List<double>> AskAsync(HttpClient http, TimeSpan duration)
    {
        var times = new List<double>();
        var begin = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(begin) < duration)
        {
            var start = Stopwatch.GetTimestamp();
            using var answer = await http.PostAsync(new Uri("/v1/logs/search", UriKind.Relative), new StringContent("""{"level":"error","size":100}"""));
            await answer.Content.ReadAsByteArrayAsync();
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            await Task.Delay(20);
        }
        times.Sort();
        return times;
    }

    private static async Task<string> KeyAsync(string program, string folder)
    {
        using var keys = Process.Start(new ProcessStartInfo("dotnet", [program, "keys", "add", "other", "--data", folder, "--tenant", "other", "--rate-limit", "0"]) { RedirectStandardOutput = true })!;
        var said = await keys.StandardOutput.ReadToEndAsync();
        await keys.WaitForExitAsync();
        return said.Split([' ', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries).First(word => word.StartsWith("pk", StringComparison.Ordinal) || word.Length > 30);
    }
}
