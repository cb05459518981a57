using System.Diagnostics;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Picket.EndToEnd.Tests;

public sealed class CommandLineTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("picket-test-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Generate_import_search_and_load_work_together()
    {
        var port = PicketProcess.FreePort();
        using var server = await PicketProcess.ServeAsync(folder, port);
        (string, string)[] environment = [("PICKET_URL", $"http://127.0.0.1:{port}"), ("PICKET_KEY", PicketProcess.Key)];
        var (_, events) = await PicketProcess.RunAsync(folder, ["generate", "2000", "--seed", "3"]);
        Assert.Equal((await PicketProcess.RunAsync(folder, ["generate", "2000", "--seed", "3"])).Output, events);
        await File.WriteAllTextAsync(Path.Combine(folder, "a.jsonl"), events);
        await using (var gzip = new GZipStream(File.Create(Path.Combine(folder, "b.jsonl.gz")), CompressionLevel.Fastest))
        {
            await gzip.WriteAsync("{\"message\":\"from gzip\"}\nnot json\n"u8.ToArray());
        }
        var import = await PicketProcess.RunAsync(folder, ["import", "a.jsonl", "b.jsonl.gz"], null, environment);
        Assert.Equal(3, import.ExitCode);
        Assert.Contains("2,001 events stored, 1 refused", import.Output, StringComparison.Ordinal);
        Assert.Contains("b.jsonl.gz, line 2:", import.Output, StringComparison.Ordinal);
        // Again: nothing is stored twice.
        await PicketProcess.RunAsync(folder, ["import", "a.jsonl"], null, environment);
        var piped = await PicketProcess.RunAsync(folder, ["import", "-"], "{\"message\":\"from a pipe\"}\n", environment);
        Assert.Equal(0, piped.ExitCode);
        // What comes through a pipe has no place to go on from: the same again is another event.
        await PicketProcess.RunAsync(folder, ["import", "-"], "{\"message\":\"from a pipe\"}\n", environment);
        Assert.Equal(2, (await PicketProcess.RunAsync(folder, ["search", "from a pipe"], null, environment)).Output.Trim().Split('\n').Length);
        var search = await PicketProcess.RunAsync(folder, ["search", "from", "gzip"], null, environment);
        Assert.Equal("from gzip", JsonDocument.Parse(search.Output).RootElement.GetProperty("message").GetString());
        var all = await PicketProcess.RunAsync(folder, ["search", "-n", "1000", "event_type:http_request"], null, environment);
        Assert.Equal(events.Split('\n').Count(line => line.Contains("\"http_request\"", StringComparison.Ordinal)) is var requests && requests < 1_000 ? requests : 1_000, all.Output.Trim().Split('\n').Length);
        var load = await PicketProcess.RunAsync(folder, ["load", "-c", "20", "-d", "1", "-e", "3"], null, environment);
        Assert.True(load.ExitCode == 0, load.Output);
        Assert.Contains("events acknowledged", load.Output, StringComparison.Ordinal);
        server.Signal("TERM");
        Assert.Equal(0, await server.WaitAsync());
    }

    [Fact]
    public async Task Inspect_shows_what_is_there_and_verify_finds_what_is_damaged()
    {
        var port = PicketProcess.FreePort();
        using (var server = await PicketProcess.ServeAsync(folder, port))
        {
            (string, string)[] environment = [("PICKET_URL", $"http://127.0.0.1:{port}"), ("PICKET_KEY", PicketProcess.Key)];
            var (_, events) = await PicketProcess.RunAsync(folder, ["generate", "3000"]);
            await PicketProcess.RunAsync(folder, ["import", "-"], events, environment);
            var beside = await PicketProcess.RunAsync(folder, ["inspect"]);
            Assert.Equal(0, beside.ExitCode);
            Assert.Contains("3,000 events still in the log alone", beside.Output, StringComparison.Ordinal);
            var busy = await PicketProcess.RunAsync(folder, ["verify", "data"]);
            Assert.Equal(1, busy.ExitCode);
            Assert.Contains($"in use by process {server.Id}", busy.Output, StringComparison.Ordinal);
            server.Signal("TERM");
            await server.WaitAsync();
        }
        var inspect = await PicketProcess.RunAsync(folder, ["inspect", "data", "--segments"]);
        Assert.Equal(0, inspect.ExitCode);
        Assert.Contains("3,000 events in 1 segments", inspect.Output, StringComparison.Ordinal);
        Assert.Contains("index of tokens", inspect.Output, StringComparison.Ordinal);
        Assert.Contains("message\t3,000\t", inspect.Output, StringComparison.Ordinal);
        var verify = await PicketProcess.RunAsync(folder, ["verify", "data"]);
        Assert.Equal((0, true), (verify.ExitCode, verify.Output.Contains("Read 3,000 events in 1 segments", StringComparison.Ordinal)));
        var segment = Directory.GetFiles(Path.Combine(folder, "data", "segments")).Single();
        await using (var stream = new FileStream(segment, FileMode.Open))
        {
            stream.Position = 500;
            stream.WriteByte((byte)(stream.ReadByte() ^ 4));
        }
        var damaged = await PicketProcess.RunAsync(folder, ["verify", "data"]);
        Assert.Equal(1, damaged.ExitCode);
        Assert.Contains($"segments/{Path.GetFileName(segment)}: ", damaged.Output, StringComparison.Ordinal);
        Assert.Contains("1 findings", damaged.Output, StringComparison.Ordinal);
        Assert.Equal(1, (await PicketProcess.RunAsync(folder, ["inspect", "nowhere"])).ExitCode);
        Assert.Contains("no data folder", (await PicketProcess.RunAsync(folder, ["verify", "."])).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_made_and_revoked_by_another_process_count_at_once()
    {
        var port = PicketProcess.FreePort();
        using var server = await PicketProcess.ServeAsync(folder, port);
        var made = await PicketProcess.RunAsync(folder, ["keys", "add", "ci", "--scope", "search:logs", "--data", "data"]);
        var key = made.Output.Split('\n').First(line => line.StartsWith("pk_", StringComparison.Ordinal)).Trim();
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        http.DefaultRequestHeaders.Add("X-API-Key", key);
        Assert.Equal(HttpStatusCode.OK, (await http.PostAsync(new Uri("/v1/logs/search", UriKind.Relative), null)).StatusCode);
        var list = await PicketProcess.RunAsync(folder, ["keys", "list", "--data", "data"]);
        Assert.DoesNotContain(key, list.Output, StringComparison.Ordinal);
        var id = list.Output.Split('\n').First(line => line.Contains("\tci\t", StringComparison.Ordinal)).Split('\t')[0];
        Assert.Equal(0, (await PicketProcess.RunAsync(folder, ["keys", "revoke", id, "--data", "data"])).ExitCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.PostAsync(new Uri("/v1/logs/search", UriKind.Relative), null)).StatusCode);
        Assert.Equal(2, (await PicketProcess.RunAsync(folder, ["keys", "add", "x", "--scope", "everything", "--data", "data"])).ExitCode);
    }

    [Fact]
    public async Task What_stops_a_start_is_said_with_what_to_do()
    {
        var port = PicketProcess.FreePort();
        using var server = await PicketProcess.ServeAsync(folder, port);
        var second = await PicketProcess.RunAsync(folder, ["serve", "--data", "data", "--urls", "http://127.0.0.1:0"]);
        Assert.Equal(1, second.ExitCode);
        Assert.Contains($"in use by process {server.Id}", second.Output, StringComparison.Ordinal);
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var used = ((IPEndPoint)taken.LocalEndpoint).Port;
        var third = await PicketProcess.RunAsync(folder, ["serve", "--data", "other", "--urls", $"http://127.0.0.1:{used}"]);
        Assert.Equal(1, third.ExitCode);
        Assert.Contains($"http://127.0.0.1:{used} is in use by another program", third.Output, StringComparison.Ordinal);
        var fourth = await PicketProcess.RunAsync(folder, ["serve", "--data", "/proc/none"]);
        Assert.Equal(1, fourth.ExitCode);
        Assert.Contains("--data", fourth.Output, StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(folder, "picket.yaml"), "storage:\n  durabilty: os\n");
        var fifth = await PicketProcess.RunAsync(folder, ["serve"]);
        Assert.Equal(2, fifth.ExitCode);
        Assert.Contains("Did you mean storage.durability?", fifth.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", second.Output + third.Output + fourth.Output + fifth.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Small_commands_answer()
    {
        Assert.StartsWith("picket 0.1.0", (await PicketProcess.RunAsync(folder, ["version"])).Output, StringComparison.Ordinal);
        var config = await PicketProcess.RunAsync(folder, ["config"], null, ("PICKET_SERVER_PORT", "9"));
        Assert.Contains("server.port\t9\tenvironment, PICKET_SERVER_PORT", config.Output, StringComparison.Ordinal);
        var ran = (await PicketProcess.RunAsync(folder, ["migrate", "up", "--data", "m"])).Output;
        Assert.Contains("Ran 0001_tenants_and_keys", ran, StringComparison.Ordinal);
        var newest = ran.TrimEnd('.', '\n').Split(", ")[^1];
        Assert.Contains($"Took back {newest}", (await PicketProcess.RunAsync(folder, ["migrate", "down", "--data", "m"])).Output, StringComparison.Ordinal);
        Assert.Equal(2, (await PicketProcess.RunAsync(folder, ["serv"])).ExitCode);
        foreach (var command in (string[])["serve", "demo", "import", "search", "generate", "load", "keys", "config", "migrate", "version", "query", "tail", "rules", "completion"])
        {
            var help = await PicketProcess.RunAsync(folder, [command, "--help"], null, ("PICKET_KEY", "a-secret"));
            Assert.Equal(0, help.ExitCode);
            Assert.DoesNotContain("a-secret", help.Output, StringComparison.Ordinal);
        }
        var search = await PicketProcess.RunAsync(folder, ["search", "--url", $"http://127.0.0.1:{PicketProcess.FreePort()}"]);
        Assert.Equal(1, search.ExitCode);
        Assert.Contains("Is the server running?", search.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_demo_starts_feeds_and_leaves_nothing()
    {
        var temporary = Path.Combine(folder, "tmp");
        Directory.CreateDirectory(temporary);
        var demo = await PicketProcess.RunAsync(folder, ["demo", "--once", "--port", "0"], null, ("TMPDIR", temporary));
        Assert.True(demo.ExitCode == 0, demo.Output);
        Assert.Contains("dev-key", demo.Output, StringComparison.Ordinal);
        Assert.Empty(Directory.GetDirectories(temporary, "picket-demo-*"));
    }

    [Fact]
    public async Task A_client_that_stalls_is_let_go_and_others_are_answered()
    {
        var port = PicketProcess.FreePort();
        using var server = await PicketProcess.ServeAsync(folder, port);
        using var stalled = new TcpClient();
        await stalled.ConnectAsync(IPAddress.Loopback, port);
        await stalled.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"POST /v1/ingest/jsonl HTTP/1.1\r\nHost: x\r\nX-API-Key: {PicketProcess.Key}\r\nContent-Length: 100\r\n\r\n{{\"a\":"));
        using var http = new HttpClient();
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri($"http://127.0.0.1:{port}/healthz"))).StatusCode);
        using var reader = new StreamReader(stalled.GetStream());
        Assert.Contains("408", await reader.ReadLineAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_read_only_folder_is_refused_with_what_to_do()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "folders of Windows have no such mode");
        var locked = Path.Combine(folder, "locked");
        Directory.CreateDirectory(locked);
        using (var chmod = Process.Start("chmod", ["555", locked])!)
        {
            await chmod.WaitForExitAsync();
        }
        // Root may write anywhere, unless it gives that right up.
        string[] without = Environment.IsPrivilegedProcess ? ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "dotnet"] : ["dotnet"];
        var start = new ProcessStartInfo(without[0], [.. without[1..], PicketProcess.Program, "serve", "--data", locked]) { WorkingDirectory = folder, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(1, process.ExitCode);
        Assert.Contains($"The data folder {locked} is not writable", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_signal_ends_at_once()
    {
        var port = PicketProcess.FreePort();
        using var server = await PicketProcess.ServeAsync(folder, port);
        using var stalled = new TcpClient();
        await stalled.ConnectAsync(IPAddress.Loopback, port);
        await stalled.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"POST /v1/ingest/jsonl HTTP/1.1\r\nHost: x\r\nX-API-Key: {PicketProcess.Key}\r\nContent-Length: 100\r\n\r\n{{\"a\":"));
        using var http = new HttpClient();
        await http.GetAsync(new Uri($"http://127.0.0.1:{port}/healthz"));
        server.Signal("TERM");
        // The first was heard once nobody listens any more; the request under way keeps the server from its end.
        while (await ListensAsync(port))
        {
            await Task.Yield();
        }
        server.Signal("TERM");
        Assert.Equal(137, await server.WaitAsync());
    }

    private static async Task<bool> ListensAsync(int port)
    {
        using var probe = new TcpClient();
        try
        {
            await probe.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
