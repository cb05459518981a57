using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace Picket.EndToEnd.Tests;

/// <summary>What a server takes when everybody wants everything of it at once.</summary>
public sealed class MemoryTests
{
    private const long Budget = 512L * 1024 * 1024;

    [Fact]
    public async Task Bodies_of_32_MiB_idle_connections_and_the_worst_questions_stay_within_the_budget()
    {
        var folder = Directory.CreateTempSubdirectory("picket-test-").FullName;
        var port = PicketProcess.FreePort();
        using var server = await PicketProcess.ServeAsync(folder, port);
        var idle = Enumerable.Range(0, 1_000).Select(_ => new TcpClient("127.0.0.1", port)).ToArray();
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromMinutes(4) };
        http.DefaultRequestHeaders.Add("X-API-Key", PicketProcess.Key);
        var body = Body();
        using var end = new CancellationTokenSource();
        var asking = new[]
        {
            """{"query":"message:~\"[a-z]+ [0-9]+$\"","size":1000,"track_total":true}""",
            """{"query":"*","size":1000,"sort":"asc"}""",
        }.Select(query => AskAsync(http, "/v1/logs/search", query, end.Token))
            .Append(AskAsync(http, "/v1/logs/aggregate", """{"group_by":["id","message"]}""", end.Token))
            .Append(AskAsync(http, "/v1/logs/aggregate", """{"group_by":"id","metric":{"op":"count_distinct","field":"message"}}""", end.Token))
            .Concat(new[]
            {
                "* | stats p99(id), distinct(level) by message",
                "* | patterns 10000 id",
                "* | sort message desc",
                "* | distinct id, message | sort id",
                string.Join(" or ", Enumerable.Range(0, 10_000).Select(number => $"x{number}")) + " | count",
                string.Concat(Enumerable.Repeat("(a or not ", 90)) + "b" + new string(')', 90) + " | top 10000 id",
            }.Select(query => AskAsync(http, "/v1/query", $"{{\"query\":\"{query}\"}}", end.Token))).ToArray();
        var statuses = await Task.WhenAll(Enumerable.Range(0, 100).Select(async _ =>
        {
            try
            {
                using var answer = await http.PostAsync(new Uri("/v1/ingest/jsonl", UriKind.Relative), new ReadOnlyMemoryContent(body));
                return (int)answer.StatusCode;
            }
            catch (HttpRequestException)
            {
                // Refused while it was still being sent: the answer is there, but this client gives up first.
                return 503;
            }
        }));
        await end.CancelAsync();
        var answered = (await Task.WhenAll(asking)).Sum();
        using var process = Process.GetProcessById(server.Id);
        TestContext.Current.TestOutputHelper!.WriteLine($"peak {process.PeakWorkingSet64 / 1024 / 1024} MiB, {statuses.Count(status => status == 200)} of 100 bodies stored, {answered} questions answered");
        Assert.All(statuses, status => Assert.True(status is 200 or 503, $"{status}"));
        Assert.Contains(200, statuses);
        Assert.True(answered > 0);
        Assert.InRange(process.PeakWorkingSet64, 0, Budget);
        using (var alive = await http.GetAsync(new Uri("/health", UriKind.Relative)))
        {
            Assert.True(alive.IsSuccessStatusCode);
        }
        Array.ForEach(idle, client => client.Dispose());
        server.Signal("KILL");
        await server.WaitAsync();
        Directory.Delete(folder, recursive: true);
    }

    private static async Task<int> AskAsync(HttpClient http, string path, string query, CancellationToken end)
    {
        var answered = 0;
        while (!end.IsCancellationRequested)
        {
            using var answer = await http.PostAsync(new Uri(path, UriKind.Relative), new StringContent(query), CancellationToken.None);
            // 422: too large an answer; 504: out of time. Both are answers.
            Assert.True((int)answer.StatusCode is 200 or 422 or 503 or 504, $"{answer.StatusCode} to {query[..Math.Min(query.Length, 60)]}");
            answered++;
        }
        return answered;
    }

    private static byte[] Body()
    {
        var lines = new StringBuilder();
        for (var i = 0; lines.Length < 31 * 1024 * 1024; i++)
        {
            lines.Append("{\"id\":\"").Append(i * 7_919L).Append("\",\"message\":\"request ").Append(i).Append(" of many took a while and was answered with status ").Append(i % 600).Append("\",\"level\":\"info\"}\n");
        }
        return Encoding.ASCII.GetBytes(lines.ToString());
    }
}
