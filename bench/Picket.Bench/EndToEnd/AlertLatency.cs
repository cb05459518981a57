using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Picket.Bench.EndToEnd;

/// <summary>
/// How long from an event's acknowledgement to its alert at a listener of the stream, beside events at a steady rate of which many match the built-in rules: twenty events a second, one
/// by one, each of which raises an alert of its own.
/// </summary>
internal static class AlertLatency
{
    private const int EventsARequest = 1_000;
    private const int Senders = 4;
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(50);

    public static async Task RunAsync(string program, string file, int eventsASecond, int seconds)
    {
        using var server = await BenchServer.StartAsync(program);
        using var rule = new StringContent("{\"id\":\"probe\",\"title\":\"probe\",\"query\":\"app:probe\",\"group_by\":[\"probe\"],\"storm\":\"off\",\"severity\":\"low\"}", Encoding.UTF8, "application/json");
        using var made = await server.Http.PostAsync(new Uri("/v1/alerts/rules", UriKind.Relative), rule);
        made.EnsureSuccessStatusCode();
        var requests = HttpIngest.Split(await File.ReadAllBytesAsync(file), EventsARequest);
        var (acknowledged, raised) = (new Dictionary<int, long>(), new Dictionary<int, long>());
        using var end = new CancellationTokenSource();
        var listening = ListenAsync(server, raised, end.Token);
        // Compiled, and the windows as full as they get.
        await SendAsync(server, requests, eventsASecond, 10);
        using var stop = new CancellationTokenSource();
        var probing = ProbeAsync(server, acknowledged, stop.Token);
        var processor = server.ProcessorTime;
        var rate = await SendAsync(server, requests, eventsASecond, seconds);
        var cores = (server.ProcessorTime - processor).TotalSeconds / seconds;
        await stop.CancelAsync();
        await probing;
        await Task.Delay(TimeSpan.FromSeconds(3));
        await end.CancelAsync();
        await listening;
        var times = acknowledged.Where(one => raised.ContainsKey(one.Key)).Select(one => Math.Max(0, Stopwatch.GetElapsedTime(one.Value, raised[one.Key]).TotalMilliseconds)).Order().ToArray();
        BenchServer.Print($"{rate:N0} events/s ({eventsASecond:N0} wanted), {times.Length} of {acknowledged.Count} alerts heard; from acknowledgement to alert: p50 {times[times.Length / 2]:N0} ms, p95 {times[times.Length * 95 / 100]:N0} ms, p99 {times[times.Length * 99 / 100]:N0} ms, worst {times[^1]:N0} ms; {cores:N2} cores of the server");
    }

    private static async Task<double> SendAsync(BenchServer server, List<Memory<byte>> requests, int eventsASecond, int seconds)
    {
        var (begin, next, sent) = (Stopwatch.GetTimestamp(), -1, 0L);
        await Task.WhenAll(Enumerable.Range(0, Senders).Select(_ => Task.Run(async () =>
        {
            while (Stopwatch.GetElapsedTime(begin).TotalSeconds < seconds)
            {
                var i = Interlocked.Increment(ref next);
                var early = (i * (double)EventsARequest / eventsASecond) - Stopwatch.GetElapsedTime(begin).TotalSeconds;
                if (early > 0)
                {
                    await Task.Delay(TimeSpan.FromSeconds(early));
                }
                // Four senders do not come round to the same lines at once.
                var lines = requests[i % requests.Count];
                HttpIngest.MoveToNow(lines);
                using var answer = await server.Http.PostAsync(new Uri("/v1/ingest/jsonl", UriKind.Relative), new ReadOnlyMemoryContent(lines));
                answer.EnsureSuccessStatusCode();
                Interlocked.Add(ref sent, EventsARequest);
            }
        })));
        return sent / Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }

    private static async Task ProbeAsync(BenchServer server, Dictionary<int, long> acknowledged, CancellationToken cancellation)
    {
        for (var number = 0; !cancellation.IsCancellationRequested; number++)
        {
            using var body = new StringContent(string.Create(CultureInfo.InvariantCulture, $"{{\"app\":\"probe\",\"message\":\"probe\",\"probe\":\"p{number}\"}}\n"));
            using var answer = await server.Http.PostAsync(new Uri("/v1/ingest/jsonl", UriKind.Relative), body, CancellationToken.None);
            answer.EnsureSuccessStatusCode();
            acknowledged[number] = Stopwatch.GetTimestamp();
            await Task.Delay(Between, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task ListenAsync(BenchServer server, Dictionary<int, long> raised, CancellationToken cancellation)
    {
        using var answer = await server.Http.GetAsync(new Uri("/v1/alerts/stream", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, cancellation);
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(cancellation));
        try
        {
            while (await lines.ReadLineAsync(cancellation) is { } line)
            {
                if (line.StartsWith("data: {\"missed\"", StringComparison.Ordinal))
                {
                    BenchServer.Print($"{line}");
                }
                else if (line.StartsWith("data: ", StringComparison.Ordinal) && line.Contains("\"probe\"", StringComparison.Ordinal))
                {
                    using var json = JsonDocument.Parse(line.AsMemory("data: ".Length));
                    if (json.RootElement.GetProperty("fingerprint").GetString() is { } fingerprint && fingerprint.StartsWith("probe:p", StringComparison.Ordinal))
                    {
                        raised.TryAdd(int.Parse(fingerprint.AsSpan("probe:p".Length), CultureInfo.InvariantCulture), Stopwatch.GetTimestamp());
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Enough was heard.
        }
    }
}
