using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;

namespace Picket.Bench.EndToEnd;

/// <summary>
/// The whole way in: a server as a process of its own, a file of NDJSON posted 10,000 events a request by two senders, acknowledged after fsync. Prints events
/// a second of clock and of the server's processor time (flushes included), bytes an event on disk, the peak of memory. Twice over: once
/// with the program cold, once warm.
/// </summary>
internal static class HttpIngest
{
    private const int EventsARequest = 10_000;
    private const int Senders = 2;

    /// <summary>The day of the events in the bench data.</summary>
    public static readonly DateOnly FirstDay = new(2026, 1, 20);

    /// <param name="rules">Folders of rules to run meanwhile; with none the built-in ones do not run either.</param>
    public static async Task RunAsync(string program, string file, params string[] rules)
    {
        var requests = Split(await File.ReadAllBytesAsync(file));
        using var server = await BenchServer.StartAsync(program, ("PICKET_DETECTION_PACK", rules.Length > 0 ? "true" : "false"));
        if (rules.Length > 0)
        {
            await ImportAsync(server, rules);
        }
        for (var round = 1; round <= 2; round++)
        {
            if (round == 2)
            {
                // The same events a day later: the next day's data, as it comes in life.
                requests.ForEach(lines => MoveTo(lines, FirstDay.AddDays(1)));
            }
            var (processor, disk, events) = (server.ProcessorTime, server.DiskBytes, 0L);
            var start = Stopwatch.GetTimestamp();
            var next = -1;
            await Task.WhenAll(Enumerable.Range(0, Senders).Select(_ => Task.Run(async () =>
            {
                for (var i = Interlocked.Increment(ref next); i < requests.Count; i = Interlocked.Increment(ref next))
                {
                    using var answer = await server.Http.PostAsync(new Uri("/v1/ingest/jsonl", UriKind.Relative), new ReadOnlyMemoryContent(requests[i]));
                    using var json = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync());
                    Interlocked.Add(ref events, json.RootElement.GetProperty("accepted").GetInt64());
                }
            })));
            var took = Stopwatch.GetElapsedTime(start).TotalSeconds;
            var behind = await BehindAsync(server);
            while (await BehindAsync(server) > 0)
            {
                await Task.Delay(20);
            }
            var looked = Stopwatch.GetElapsedTime(start).TotalSeconds;
            await Task.Delay(TimeSpan.FromSeconds(6));
            var cpu = (server.ProcessorTime - processor).TotalSeconds;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"HTTP ingest, {(round == 1 ? "cold" : "warm")}: {events / took:N0} events/s, {events / cpu:N0} events a CPU-second, {(double)(server.DiskBytes - disk) / events:N1} bytes an event in segments, peak {server.PeakBytes / 1024 / 1024:N0} MiB"));
            if (rules.Length > 0)
            {
                BenchServer.Print($"  rules were {behind:N0} events behind when the last was acknowledged, and through {looked - took:N2} s later");
            }
        }
    }

    private static async Task ImportAsync(BenchServer server, string[] folders)
    {
        using var into = new MemoryStream();
        using (var zip = new ZipArchive(into, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var rule in folders.SelectMany(folder => Directory.EnumerateFiles(folder, "*.yml", SearchOption.AllDirectories)))
            {
                zip.CreateEntryFromFile(rule, rule);
            }
        }
        var start = Stopwatch.GetTimestamp();
        using var answer = await server.Http.PostAsync(new Uri("/v1/alerts/rules/import", UriKind.Relative), new ByteArrayContent(into.ToArray()));
        using var json = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync());
        BenchServer.Print($"{json.RootElement.GetProperty("added").GetInt32():N0} rules taken in {Stopwatch.GetElapsedTime(start).TotalSeconds:N2} s");
        await Task.Delay(TimeSpan.FromSeconds(5));
    }

    private static async Task<long> BehindAsync(BenchServer server)
    {
        const string Name = "picket_detection_lag ";
        var text = await server.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative));
        return text.Split('\n').FirstOrDefault(line => line.StartsWith(Name, StringComparison.Ordinal)) is { } line ? long.Parse(line[Name.Length..], CultureInfo.InvariantCulture) : 0;
    }

    /// <summary>Makes of the lines those of another day: the same times of it, and other ids.</summary>
    public static void MoveTo(Memory<byte> lines, DateOnly day)
    {
        var date = Encoding.ASCII.GetBytes(day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        for (var text = lines.Span; text.IndexOf("\"ts\":\""u8) is var at && at >= 0; text = text[(at + 20)..])
        {
            date.CopyTo(text[(at + 6)..]);
        }
        for (var text = lines.Span; text.IndexOf("\"request_id\":\""u8) is var at && at >= 0; text = text[(at + 20)..])
        {
            ref var digit = ref text[at + 14];
            digit = digit switch { (byte)'9' => (byte)'a', (byte)'f' => (byte)'0', _ => (byte)(digit + 1) };
        }
    }

    /// <summary>Makes the lines happen now, all within the second.</summary>
    public static void MoveToNow(Memory<byte> lines)
    {
        var now = Encoding.ASCII.GetBytes(DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture));
        for (var text = lines.Span; text.IndexOf("\"ts\":\""u8) is var at && at >= 0; text = text[(at + 20)..])
        {
            now.CopyTo(text[(at + 6)..]);
        }
    }

    public static List<Memory<byte>> Split(byte[] text, int events = EventsARequest)
    {
        var parts = new List<Memory<byte>>();
        var (start, lines) = (0, 0);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\n' && (++lines % events == 0 || i == text.Length - 1))
            {
                parts.Add(text.AsMemory(start, i + 1 - start));
                start = i + 1;
            }
        }
        return parts;
    }
}
