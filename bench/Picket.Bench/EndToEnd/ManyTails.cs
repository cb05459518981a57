using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Picket.Bench.EndToEnd;

/// <summary>A thousand tails with a hundred filters while ten thousand events a second are sent: how long from an event's sending to its reading, and whether any is missed.</summary>
internal static class ManyTails
{
    private const int Tails = 1_000;
    private const int Filters = 100;
    private const int EventsASecond = 10_000;
    private const int EventsARequest = 500;

    public static async Task RunAsync(string program, int seconds)
    {
        using var server = await BenchServer.StartAsync(program);
        using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = Tails }) { BaseAddress = server.Http.BaseAddress, Timeout = Timeout.InfiniteTimeSpan };
        http.DefaultRequestHeaders.Add("X-API-Key", server.Http.DefaultRequestHeaders.GetValues("X-API-Key"));
        var (opened, read, missed, times) = (0, 0L, 0L, new List<double>());
        using var end = new CancellationTokenSource();
        var tailing = Enumerable.Range(0, Tails).Select(async tail =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/logs/tail") { Content = new StringContent($"{{\"query\":\"app:app{tail % Filters}\"}}") };
            using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, end.Token);
            answer.EnsureSuccessStatusCode();
            using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(end.Token));
            Interlocked.Increment(ref opened);
            try
            {
                while (await lines.ReadLineAsync(end.Token) is { } line)
                {
                    if (line.StartsWith("data: {\"missed\"", StringComparison.Ordinal))
                    {
                        Interlocked.Increment(ref missed);
                    }
                    else if (line.StartsWith("data: ", StringComparison.Ordinal) && Interlocked.Increment(ref read) % 16 == 0)
                    {
                        Note(line);
                    }
                }
            }
            catch (OperationCanceledException)
            {
            }
        }).ToArray();
        while (Volatile.Read(ref opened) < Tails)
        {
            await Task.Delay(50);
        }
        var (processor, begin, sent) = (server.ProcessorTime, Stopwatch.GetTimestamp(), 0L);
        while (Stopwatch.GetElapsedTime(begin).TotalSeconds < seconds)
        {
            var early = (sent / (double)EventsASecond) - Stopwatch.GetElapsedTime(begin).TotalSeconds;
            if (early > 0)
            {
                await Task.Delay(TimeSpan.FromSeconds(early));
            }
            using var answer = await server.Http.PostAsync(new Uri("/v1/ingest/jsonl", UriKind.Relative), new ByteArrayContent(Lines(sent)));
            answer.EnsureSuccessStatusCode();
            sent += EventsARequest;
        }
        var took = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        await Task.Delay(TimeSpan.FromSeconds(2));
        await end.CancelAsync();
        await Task.WhenAll(tailing);
        times.Sort();
        BenchServer.Print($"{Tails} tails, {Filters} filters: {sent / took:N0} events/s sent, {read / took:N0} read by tails, each by ten ({read} of {sent * Tails / Filters} in all, {missed} notices of missed ones)");
        BenchServer.Print($"from sending to reading: p50 {times[times.Count / 2]:N1} ms, p95 {times[times.Count * 95 / 100]:N1} ms, p99 {times[times.Count * 99 / 100]:N1} ms, worst {times[^1]:N1} ms; {(server.ProcessorTime - processor).TotalSeconds / took:N2} cores of the server; peak {server.PeakBytes / 1024 / 1024:N0} MiB");

        void Note(string line)
        {
            var at = line.IndexOf("\"sent\":", StringComparison.Ordinal) + "\"sent\":".Length;
            var ticks = long.Parse(line.AsSpan(at, line.AsSpan(at).IndexOfAny(',', '}')), CultureInfo.InvariantCulture);
            lock (times)
            {
                times.Add(Stopwatch.GetElapsedTime(ticks).TotalMilliseconds);
            }
        }
    }

    private static byte[] Lines(long first)
    {
        var lines = new StringBuilder();
        for (var i = first; i < first + EventsARequest; i++)
        {
            lines.Append(CultureInfo.InvariantCulture, $"{{\"app\":\"app{i % Filters}\",\"level\":\"info\",\"message\":\"event {i} came in\",\"src_ip\":\"10.0.{i % 200}.7\",\"sent\":{Stopwatch.GetTimestamp()}}}\n");
        }
        return Encoding.UTF8.GetBytes(lines.ToString());
    }
}
