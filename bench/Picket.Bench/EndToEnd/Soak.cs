using System.Diagnostics;
using System.Text.Json;

namespace Picket.Bench.EndToEnd;

/// <summary>Ingest at a steady rate for a long time, events happening as they are sent, with a question a second beside it: memory must stay flat, files few, and no question slow.</summary>
internal static class Soak
{
    public static async Task RunAsync(string program, string file, int minutes, int eventsASecond)
    {
        var requests = HttpIngest.Split(await File.ReadAllBytesAsync(file));
        using var server = await BenchServer.StartAsync(program, ("PICKET_STORAGE_RETENTION", "30d"));
        var start = Stopwatch.GetTimestamp();
        using var end = new CancellationTokenSource(TimeSpan.FromMinutes(minutes));
        var asking = AskAsync(server, end.Token);
        var (sent, at, reported) = (0L, 0, 0);
        while (!end.IsCancellationRequested)
        {
            var behind = Stopwatch.GetElapsedTime(start).TotalSeconds - (sent / (double)eventsASecond);
            if (behind < 0)
            {
                await Task.Delay(TimeSpan.FromSeconds(-behind));
                continue;
            }
            HttpIngest.MoveToNow(requests[at]);
            using (var answer = await server.Http.PostAsync(new Uri("/v1/ingest/jsonl", UriKind.Relative), new ReadOnlyMemoryContent(requests[at])))
            {
                using var json = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync());
                if (json.RootElement.GetProperty("accepted").GetInt32() != 10_000)
                {
                    throw new InvalidOperationException(json.RootElement.GetRawText());
                }
            }
            sent += 10_000;
            at = (at + 1) % requests.Count;
            var minute = (int)Stopwatch.GetElapsedTime(start).TotalMinutes;
            if (minute > reported && minute % Math.Max(minutes / 12, 1) == 0)
            {
                reported = minute;
                BenchServer.Print($"{minute} min: {sent:N0} events, {server.ResidentBytes / 1024 / 1024:N0} MiB resident, peak {server.PeakBytes / 1024 / 1024:N0} MiB, {server.Files} files, {server.DiskBytes / (double)sent:N1} bytes an event");
            }
        }
        var times = await asking;
        times.Sort();
        BenchServer.Print($"{minutes} min at {sent / Stopwatch.GetElapsedTime(start).TotalSeconds:N0} events/s; newest 100 errors meanwhile: p50 {times[times.Count / 2]:N1} ms, p95 {times[times.Count * 95 / 100]:N1} ms, worst {times[^1]:N1} ms of {times.Count} questions");
        BenchServer.Print($"start after kill -9: {(await server.RestartAsync()).TotalSeconds:N2} s");
    }

    private static async Task<List<double>> AskAsync(BenchServer server, CancellationToken end)
    {
        var times = new List<double>();
        while (!end.IsCancellationRequested)
        {
            var start = Stopwatch.GetTimestamp();
            using var answer = await server.Http.PostAsync(new Uri("/v1/logs/search", UriKind.Relative), new StringContent("""{"level":"error","size":100}"""), CancellationToken.None);
            await answer.Content.ReadAsByteArrayAsync(CancellationToken.None);
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            await Task.Delay(TimeSpan.FromSeconds(1), CancellationToken.None);
        }
        return times;
    }
}
