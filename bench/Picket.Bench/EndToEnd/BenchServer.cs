using System.Diagnostics;
using System.Globalization;

namespace Picket.Bench.EndToEnd;

/// <summary>A server as a process of its own on a temporary folder, and a client for it. Disposing it ends the process and deletes the folder.</summary>
internal sealed class BenchServer : IDisposable
{
    private const string Key = "bench-key";
    private readonly string program;
    private readonly string folder = Directory.CreateTempSubdirectory("picket-bench-").FullName;
    private readonly Dictionary<string, string> settings;
    private Process process;

    private BenchServer(string program, Dictionary<string, string> settings)
    {
        (this.program, this.settings) = (program, settings);
        Http.DefaultRequestHeaders.Add("X-API-Key", Key);
        process = Launch();
    }

    public HttpClient Http { get; } = new() { BaseAddress = new Uri("http://127.0.0.1:18080"), Timeout = TimeSpan.FromMinutes(10) };

    public string Folder => folder;

    public TimeSpan ProcessorTime
    {
        get
        {
            process.Refresh();
            return process.TotalProcessorTime;
        }
    }

    public long PeakBytes
    {
        get
        {
            process.Refresh();
            return process.PeakWorkingSet64;
        }
    }

    public long ResidentBytes
    {
        get
        {
            process.Refresh();
            return process.WorkingSet64;
        }
    }

    public long DiskBytes => Sizes("segments");

    public int Files => Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Length;

    /// <param name="settings">Of the environment, beside those of every measurement.</param>
    public static async Task<BenchServer> StartAsync(string program, params (string Name, string Value)[] settings)
    {
        var server = new BenchServer(program, settings.ToDictionary(setting => setting.Name, setting => setting.Value));
        await server.WaitAsync();
        return server;
    }

    /// <summary>Kills the process, starts another on the folder, and tells how long it took until it was ready.</summary>
    public async Task<TimeSpan> RestartAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        var start = Stopwatch.GetTimestamp();
        process = Launch();
        await WaitAsync();
        return Stopwatch.GetElapsedTime(start);
    }

    public void Dispose()
    {
        process.Kill();
        process.WaitForExit();
        process.Dispose();
        Http.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    public static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    private Process Launch()
    {
        var start = new ProcessStartInfo("dotnet", [program, "serve", "--data", folder, "--urls", "http://127.0.0.1:18080"]) { RedirectStandardError = true };
        start.Environment["PICKET_BOOTSTRAP_KEY"] = Key;
        // What is left in memory is flushed soon, so that bytes an event count all events.
        start.Environment["PICKET_STORAGE_IDLE_FLUSH"] = "1s";
        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }
        var launched = Process.Start(start)!;
        launched.ErrorDataReceived += (_, _) => { };
        launched.BeginErrorReadLine();
        return launched;
    }

    private async Task WaitAsync()
    {
        while (true)
        {
            try
            {
                using var answer = await Http.GetAsync(new Uri("/ready", UriKind.Relative));
                return;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(20);
            }
        }
    }

    private long Sizes(string name) =>
        Directory.Exists(Path.Combine(folder, name)) ? new DirectoryInfo(Path.Combine(folder, name)).GetFiles().Sum(file => file.Length) : 0;
}
