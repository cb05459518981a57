using System.IO.Compression;
using System.Text;

namespace Picket.EndToEnd.Tests;

public sealed class QueryCommandTests : IDisposable
{
    private const string Lines = """
        {"ts":"2026-01-20T09:00:00Z","level":"error","app":"web","message":"timeout after 5 ms"}
        {"ts":"2026-01-20T09:30:00Z","level":"error","app":"api","message":"timeout after 70 ms"}
        {"ts":"2026-01-20T11:00:00Z","level":"info","app":"web","message":"fine"}
        and a line that is no JSON, about a timeout

        """;

    private readonly string folder = Directory.CreateTempSubdirectory("picket-test-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("level:error | count by app | sort app", "auto", "{\"app\":\"api\",\"count\":1}\n{\"app\":\"web\",\"count\":1}\n")]
    [InlineData("timeout | patterns", "csv", "pattern,count\ntimeout after <num> ms,2\n\"and a line that is no JSON, about a timeout\",1\n")]
    [InlineData("app:* | histogram 1h | fields count", "csv", "count\n2\n1\n")]
    [InlineData("\"no JSON\" | fields level, message", "json", "{\"level\":\"info\",\"message\":\"and a line that is no JSON, about a timeout\"}\n")]
    public async Task Files_and_standard_input_are_queried_without_a_server(string query, string output, string expected)
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "a.jsonl"), Lines);
        await using (var gzip = new GZipStream(File.Create(Path.Combine(folder, "b.jsonl.gz")), CompressionMode.Compress))
        {
            await gzip.WriteAsync(Encoding.UTF8.GetBytes(Lines));
        }
        foreach (var (arguments, input) in (((string[], string?)[])[(["--file", "a.jsonl"], null), (["--file", "*.gz"], null), (["--stdin"], Lines)]))
        {
            var run = await PicketProcess.RunAsync(folder, ["query", query, "-o", output, .. arguments], input);
            Assert.Equal((0, expected), (run.ExitCode, run.Output.Replace("\r", "", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public async Task Tables_and_bars_are_drawn_where_they_are_asked_for()
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "a.jsonl"), Lines);
        var table = await PicketProcess.RunAsync(folder, ["query", "--file", "a.jsonl", "-o", "table", "level:error | top 2 app"]);
        Assert.Contains("│ api │     1 │", table.Output, StringComparison.Ordinal);
        var bars = (await PicketProcess.RunAsync(folder, ["query", "--file", "a.jsonl", "-o", "table", "app:* | histogram 1h"])).Output.TrimEnd('\n').Split('\n');
        Assert.Equal(["09", "10", "11"], bars.Select(line => line[11..13]));
        Assert.Equal(2 * bars[2].Count(letter => letter == '█'), bars[0].Count(letter => letter == '█'));
        Assert.DoesNotContain('█', bars[1]);
        Assert.DoesNotContain("\u001b[", table.Output + string.Concat(bars), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_and_its_folder_answer_alike_and_a_tail_goes_on_after_a_restart()
    {
        var port = PicketProcess.FreePort();
        (string, string)[] client = [("PICKET_URL", $"http://127.0.0.1:{port}"), ("PICKET_KEY", PicketProcess.Key)];
        using (var server = await PicketProcess.ServeAsync(folder, port))
        {
            using var tail = PicketProcess.Start(folder, ["tail", "-n", "100", "level:error"], client);
            // The tail is there when it has been told of an event; which is the first does not matter.
            for (var number = 0; tail.Output.Length == 0; number++)
            {
                Assert.Equal(0, (await PicketProcess.RunAsync(folder, ["import", "-"], $$"""{"level":"error","message":"first {{number}}"}""", client)).ExitCode);
            }
            var before = await PicketProcess.RunAsync(folder, ["query", "level:error | stats count() as n, max(ts)"], null, client);
            foreach (var command in (string[][])[["search", "levl:error"], ["query", "levl:error | head 3"], ["query", "-o", "csv", "levl:error | fields app"], ["query", "-o", "table", "levl:error | count"]])
            {
                Assert.Contains("did you mean level?", (await PicketProcess.RunAsync(folder, command, null, client)).Output, StringComparison.Ordinal);
            }
            server.Signal("KILL");
            await server.WaitAsync();
            var offline = await PicketProcess.RunAsync(folder, ["query", "--data", "data", "level:error | stats count() as n, max(ts)"]);
            Assert.Equal(before, offline);
            Assert.Contains("\"message\":\"first ", (await PicketProcess.RunAsync(folder, ["search", "--data", "data", "-n", "1", "first"])).Output, StringComparison.Ordinal);
            Assert.Contains("did you mean level?", (await PicketProcess.RunAsync(folder, ["query", "--data", "data", "levl:error"])).Output, StringComparison.Ordinal);
            using var again = await PicketProcess.ServeAsync(folder, port);
            var more = string.Join('\n', Enumerable.Range(0, 100).Select(number => $"{{\"level\":\"error\",\"message\":\"then {number}\"}}"));
            Assert.Equal(0, (await PicketProcess.RunAsync(folder, ["import", "-"], more, client)).ExitCode);
            Assert.Equal(0, await tail.WaitAsync());
            Assert.Contains("trying again", tail.Output, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("* | cuont", "did you mean count?")]
    [InlineData("level: error", "^^^^^^")]
    public async Task An_error_shows_its_place_and_ends_as_a_wrong_call(string query, string shown)
    {
        var run = await PicketProcess.RunAsync(folder, ["query", query]);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(shown, run.Output, StringComparison.Ordinal);
    }
}
