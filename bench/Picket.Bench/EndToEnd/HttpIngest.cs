using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Picket.Bench.EndToEnd;

/// <summary>
/// The whole way in: a server as a process of its own, a file of NDJSON posted 10,000 events a request by two senders, acknowledged after fsync. Prints events
/// a second of clock and of the server's processor time (flushes included), bytes an event on disk, the peak of memory, and some searches. Twice over: once
/// with the program cold, once warm.
/// </summary>
internal static class HttpIngest
{
    private const int EventsARequest = 10_000;
    private const int Senders = 2;
    private const string Key = "bench-key";

    public static async Task RunAsync(string program, string file)
    {
        var requests = Split(await File.ReadAllBytesAsync(file));
        var folder = Directory.CreateTempSubdirectory("picket-bench-").FullName;
        using var server = Start(program, folder);
        using var http = new HttpClient { BaseAddress = new Uri("http://127.0.0.1:18080"), Timeout = TimeSpan.FromMinutes(5) };
        http.DefaultRequestHeaders.Add("X-API-Key", Key);
        await WaitAsync(http);
        for (var round = 1; round <= 2; round++)
        {
            if (round == 2)
            {
                // The same events a day later: the next day's data, as it comes in life.
                requests.ForEach(NextDay);
            }
            var (processor, disk, events) = (server.TotalProcessorTime, DiskBytes(folder), 0L);
            var start = Stopwatch.GetTimestamp();
            var next = -1;
            await Task.WhenAll(Enumerable.Range(0, Senders).Select(_ => Task.Run(async () =>
            {
                for (var i = Interlocked.Increment(ref next); i < requests.Count; i = Interlocked.Increment(ref next))
                {
                    using var answer = await http.PostAsync(new Uri("/v1/ingest/jsonl", UriKind.Relative), new ReadOnlyMemoryContent(requests[i]));
                    using var json = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync());
                    Interlocked.Add(ref events, json.RootElement.GetProperty("accepted").GetInt64());
                }
            })));
            var took = Stopwatch.GetElapsedTime(start).TotalSeconds;
            await Task.Delay(TimeSpan.FromSeconds(6));
            server.Refresh();
            var cpu = (server.TotalProcessorTime - processor).TotalSeconds;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"HTTP ingest, {(round == 1 ? "cold" : "warm")}: {events / took:N0} events/s, {events / cpu:N0} events a CPU-second, {(double)(DiskBytes(folder) - disk) / events:N1} bytes an event in segments, peak {server.PeakWorkingSet64 / 1024 / 1024:N0} MiB"));
        }
        foreach (var query in (string[])["""{"level":"error","size":100}""", """{"query":"timeout","size":1,"track_total":true}""", """{"query":"request_id:none","size":1}""", """{"size":1,"track_total":true}"""])
        {
            var times = new List<double>();
            for (var i = 0; i < 7; i++)
            {
                var start = Stopwatch.GetTimestamp();
                using var answer = await http.PostAsync(new Uri("/v1/logs/search", UriKind.Relative), new StringContent(query, Encoding.UTF8));
                await answer.Content.ReadAsByteArrayAsync();
                times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
            times.Sort();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"search {query}: median {times[3]:N1} ms over twice the events"));
        }
        server.Kill();
        await server.WaitForExitAsync();
        Directory.Delete(folder, recursive: true);
    }

    private static void NextDay(Memory<byte> lines)
    {
        const int day = 9;
        for (var text = lines.Span; text.IndexOf("\"ts\":\""u8) is var at && at >= 0; text = text[(at + 20)..])
        {
            text[at + 6 + day]++;
        }
    }

    private static List<Memory<byte>> Split(byte[] text)
    {
        var parts = new List<Memory<byte>>();
        var (start, lines) = (0, 0);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\n' && (++lines % EventsARequest == 0 || i == text.Length - 1))
            {
                parts.Add(text.AsMemory(start, i + 1 - start));
                start = i + 1;
            }
        }
        return parts;
    }

    private static Process Start(string program, string folder)
    {
        var start = new ProcessStartInfo("dotnet", [program, "serve", "--data", folder, "--urls", "http://127.0.0.1:18080"]) { RedirectStandardError = true };
        start.Environment["PICKET_BOOTSTRAP_KEY"] = Key;
        // What is left in memory is flushed soon, so that bytes an event count all events.
        start.Environment["PICKET_STORAGE_IDLE_FLUSH"] = "1s";
        var process = Process.Start(start)!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        return process;
    }

    private static async Task WaitAsync(HttpClient http)
    {
        while (true)
        {
            try
            {
                using var answer = await http.GetAsync(new Uri("/ready", UriKind.Relative));
                return;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(50);
            }
        }
    }

    private static long DiskBytes(string folder) =>
        Directory.Exists(Path.Combine(folder, "segments")) ? new DirectoryInfo(Path.Combine(folder, "segments")).GetFiles().Sum(file => file.Length) : 0;
}
