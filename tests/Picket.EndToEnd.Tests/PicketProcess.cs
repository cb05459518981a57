using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Picket.Testing;

namespace Picket.EndToEnd.Tests;

/// <summary>The real program as a process of its own.</summary>
internal sealed class PicketProcess : IDisposable
{
    private readonly Process process;
    private readonly StringBuilder output = new();

    private PicketProcess(Process process)
    {
        this.process = process;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public const string Key = "end-to-end-key";

    /// <summary>The program, built as these tests were.</summary>
    public static string Program { get; } = Path.Combine(
        SharedData.Repository, "src", "Picket", "bin", AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug", "net10.0", "picket.dll");

    public int Id => process.Id;

    public string Output
    {
        get
        {
            lock (output)
            {
                return output.ToString();
            }
        }
    }

    /// <summary>A port nobody listens on now.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public static PicketProcess Start(string folder, IEnumerable<string> arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("dotnet", [Program, .. arguments])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            UseShellExecute = false,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }
        return new PicketProcess(Process.Start(start)!);
    }

    /// <summary>A server that answers.</summary>
    public static async Task<PicketProcess> ServeAsync(string folder, int port, params (string Name, string Value)[] environment)
    {
        var server = Start(folder, ["serve", "--data", Path.Combine(folder, "data"), "--urls", $"http://127.0.0.1:{port}"],
            [("PICKET_BOOTSTRAP_KEY", Key), ("PICKET_STORAGE_MINIMUM_FREE", "0"), .. environment]);
        using var http = new HttpClient();
        for (var end = DateTime.UtcNow.AddSeconds(60); ;)
        {
            try
            {
                using var answer = await http.GetAsync(new Uri($"http://127.0.0.1:{port}/ready"));
                return server;
            }
            catch (HttpRequestException) when (!server.process.HasExited && DateTime.UtcNow < end)
            {
                await Task.Delay(20);
            }
            catch (HttpRequestException)
            {
                throw new InvalidOperationException($"The server did not start: {server.Output}");
            }
        }
    }

    /// <summary>Asks the server at a port, as who may do everything.</summary>
    public static HttpClient Client(int port)
    {
        var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromSeconds(30) };
        http.DefaultRequestHeaders.Add("X-API-Key", Key);
        return http;
    }

    /// <summary>Runs a command to its end.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(string folder, string[] arguments, string? input = null, params (string Name, string Value)[] environment)
    {
        using var command = Start(folder, arguments, environment);
        if (input is not null)
        {
            await command.process.StandardInput.WriteAsync(input);
        }
        command.process.StandardInput.Close();
        await command.process.WaitForExitAsync();
        return (command.process.ExitCode, command.Output);
    }

    public void Signal(string name) => Process.Start("kill", [$"-{name}", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)])!.WaitForExit();

    public async Task<int> WaitAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await process.WaitForExitAsync(limit.Token);
        return process.ExitCode;
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill();
            process.WaitForExit();
        }
        process.Dispose();
    }

    // No line is the end of a stream, not an empty line.
    private void Keep(string? line)
    {
        lock (output)
        {
            if (line is not null)
            {
                output.AppendLine(line);
            }
        }
    }
}
