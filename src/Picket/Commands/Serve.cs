using System.CommandLine;
using System.Runtime.InteropServices;
using Picket.Server;
using Picket.Server.Hosting;
using Picket.Terminal;

namespace Picket.Commands;

/// <summary><c>picket serve</c>: runs the server until it is told to stop.</summary>
internal static class Serve
{
    public static Command Command()
    {
        var data = Options.Data();
        var urls = new Option<string?>("--urls") { Description = "Addresses to listen on, separated by ; (default: http://127.0.0.1:8080)" };
        var command = new Command("serve", "Run the server. Ctrl+C ends it gently, a second one at once.\n\nExample: picket serve --data /var/lib/picket --urls http://127.0.0.1:8080") { data, urls };
        command.SetAction(async (parsed, cancellation) =>
        {
            var settings = LoadSettings(parsed.GetValue(data), parsed.GetValue(urls));
            await RunAsync(settings, cancellation);
            return ExitCode.Done;
        });
        return command;
    }

    public static Settings LoadSettings(string? data, string? urls)
    {
        var flags = new Dictionary<string, string>();
        if (data is not null)
        {
            flags["data"] = data;
        }
        if (urls is not null)
        {
            flags["server.urls"] = urls;
        }
        return Settings.Load(Environment.CurrentDirectory, Options.SettingVariables(), flags);
    }

    private static async Task RunAsync(Settings settings, CancellationToken cancellation)
    {
        var stop = new TaskCompletionSource();
        // The first signal asks, the second does not.
        void OnSignal(PosixSignalContext context)
        {
            if (stop.TrySetResult())
            {
                context.Cancel = true;
            }
            else
            {
                // As kill -9 would: what is acknowledged is safe, and an orderly exit in the midst of stopping would wait, or trip over it.
                using var self = System.Diagnostics.Process.GetCurrentProcess();
                self.Kill();
            }
        }
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        await using var server = await PicketServer.StartAsync(settings, TimeProvider.System, ConsoleLines.Configure(settings.Text("log.level")), cancellation);
        if (server.FirstKey is { } key && settings.Text("bootstrap_key").Length == 0)
        {
            await Console.Out.WriteLineAsync($"This data folder's first key, shown this once: {key}");
        }
        await Task.WhenAny(stop.Task, server.WaitForStopAsync(cancellation));
    }
}
