using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace Picket.Bench.EndToEnd;

/// <summary>
/// Eleven questions over HTTP on a file's events, and on as many times more as asked for: median of five after one that is not counted, beside what
/// VictoriaLogs v1.25 took for the same on a machine of this kind. Then how long a start takes on all of it.
/// </summary>
internal static class Queries
{
    private static readonly (string Name, double Theirs, string Path, string Body)[] All =
    [
        ("count all", 2.1, "search", """{"size":1,"track_total":true}"""),
        ("newest 100 with level=error", 25, "search", """{"size":100,"level":"error"}"""),
        ("newest 100 of one frequent src_ip", 22, "search", """{"size":100,"query":"src_ip:$IP"}"""),
        ("one request_id", 5.6, "search", """{"size":10,"query":"request_id:$ID"}"""),
        ("count of a frequent word", 48, "search", """{"size":1,"query":"completed","track_total":true}"""),
        ("count of a rare word", 4.7, "search", """{"size":1,"query":"$RARE","track_total":true}"""),
        ("count of a phrase by regular expression", 50, "search", """{"size":1,"query":"message:~\"status 50[03] in\"","track_total":true}"""),
        ("per hour and level", 31, "aggregate", """{"group_by":"level","interval":"1h"}"""),
        ("top ten src_ip", 100, "aggregate", """{"group_by":"src_ip","top":10}"""),
        ("newest 100 of one hour", 34, "search", """{"size":100,"from":"2026-01-20T10:00:00Z","to":"2026-01-20T11:00:00Z"}"""),
        ("latency_ms > 500 count", 5.9, "search", """{"size":1,"query":"latency_ms:>500","track_total":true}"""),
    ];

    public static async Task RunAsync(string program, string file, int times)
    {
        var requests = HttpIngest.Split(await File.ReadAllBytesAsync(file));
        using var server = await BenchServer.StartAsync(program);
        var facts = Facts(requests);
        for (var round = 1; round <= times; round++)
        {
            foreach (var request in requests)
            {
                using var answer = await server.Http.PostAsync(new Uri("/v1/ingest/jsonl", UriKind.Relative), new ReadOnlyMemoryContent(request));
                answer.EnsureSuccessStatusCode();
            }
            requests.ForEach(lines => HttpIngest.MoveTo(lines, HttpIngest.FirstDay.AddDays(round)));
            if (round == 1 || round == times)
            {
                await Task.Delay(TimeSpan.FromSeconds(8));
                await AskAsync(server, facts, round);
            }
        }
        BenchServer.Print($"resident after all of it {server.ResidentBytes / 1024 / 1024:N0} MiB, peak {server.PeakBytes / 1024 / 1024:N0} MiB, {server.Files} files");
        BenchServer.Print($"start with {times} times the file, after kill -9: {(await server.RestartAsync()).TotalSeconds:N2} s");
    }

    private static async Task AskAsync(BenchServer server, (string Ip, string Id, string Rare) facts, int round)
    {
        BenchServer.Print($"| {round} × the file | ms first | ms, median of 5 | VictoriaLogs | of its |");
        foreach (var (name, theirs, path, body) in All)
        {
            var asked = body.Replace("$IP", facts.Ip, StringComparison.Ordinal).Replace("$ID", facts.Id, StringComparison.Ordinal).Replace("$RARE", facts.Rare, StringComparison.Ordinal);
            var times = new List<double>();
            for (var i = 0; i < 6; i++)
            {
                var start = Stopwatch.GetTimestamp();
                using var answer = await server.Http.PostAsync(new Uri($"/v1/logs/{path}", UriKind.Relative), new StringContent(asked, Encoding.UTF8));
                var text = await answer.Content.ReadAsByteArrayAsync();
                times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                answer.EnsureSuccessStatusCode();
                if (i == 0)
                {
                    using var json = JsonDocument.Parse(text);
                }
            }
            var first = times[0];
            times.RemoveAt(0);
            times.Sort();
            BenchServer.Print($"| {name} | {first:N1} | {times[2]:N1} | {theirs} | {times[2] / theirs:N2} |");
        }
    }

    // An address that many events have, an id and a word that few have.
    private static (string Ip, string Id, string Rare) Facts(List<Memory<byte>> requests)
    {
        var (ips, id, rare) = (new Dictionary<string, int>(), "", "");
        foreach (var line in Encoding.UTF8.GetString(requests[requests.Count / 2].Span).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            using var json = JsonDocument.Parse(line);
            var root = json.RootElement;
            var ip = root.GetProperty("src_ip").GetString()!;
            ips[ip] = ips.GetValueOrDefault(ip) + 1;
            id = root.GetProperty("request_id").GetString()!;
            rare = root.GetProperty("message").GetString()!.Split(' ').FirstOrDefault(word => word.StartsWith("user", StringComparison.Ordinal) && word.CompareTo("user01000") > 0) ?? rare;
        }
        return (ips.MaxBy(pair => pair.Value).Key, id, rare);
    }
}
