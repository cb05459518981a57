using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Picket.Client;
using Picket.Demo;
using Picket.Server;
using Picket.Server.Hosting;
using Picket.Terminal;

namespace Picket.Commands;

/// <summary><c>picket demo</c>: a server in a temporary folder, fed by a made-up company, with three commands to try.</summary>
internal static class Demo
{
    private const string Key = "dev-key";
    private const int PastEvents = 50_000;

    public static Command Command()
    {
        var port = new Option<int>("--port") { Description = "The port to listen on", DefaultValueFactory = _ => 8080 };
        var once = new Option<bool>("--once") { Description = "Feed the past events, then end" };
        var command = new Command("demo", "Try it: starts a server in a temporary folder and feeds it lively made-up events with an attack hidden in them.") { port, once };
        command.SetAction(async (parsed, cancellation) =>
        {
            var folder = Path.Combine(Path.GetTempPath(), "picket-demo-" + Path.GetRandomFileName());
            try
            {
                await RunAsync(folder, parsed.GetValue(port), parsed.GetValue(once), cancellation);
            }
            finally
            {
                if (Directory.Exists(folder))
                {
                    Directory.Delete(folder, recursive: true);
                }
            }
            return ExitCode.Done;
        });
        return command;
    }

    private static async Task RunAsync(string folder, int port, bool once, CancellationToken cancellation)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        void OnSignal(PosixSignalContext context)
        {
            context.Cancel = true;
            stopping.Cancel();
        }
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        var settings = Settings.Load(folder, new Dictionary<string, string>(), new Dictionary<string, string>
        {
            ["data"] = folder,
            ["server.port"] = port.ToString(CultureInfo.InvariantCulture),
            ["bootstrap_key"] = Key,
            ["storage.minimum_free"] = "256MiB",
            ["log.level"] = "warn",
        });
        await using var server = await PicketServer.StartAsync(settings, TimeProvider.System, ConsoleLines.Configure("warn"), cancellation);
        var url = server.Urls.First();
        Introduce(url);
        using var client = new PicketClient(url, Key);
        try
        {
            await FeedPastAsync(client, stopping.Token);
            if (!once)
            {
                await FeedNowAsync(client, stopping.Token);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Ctrl+C is how one leaves the demo.
        }
    }

    private static void Introduce(string url) => Console.Out.WriteLine($"""
        Picket runs at {url} with the key {Key}. API: {url}/docs

        Try, in another terminal:
          curl -s {url}/v1/logs/search -H 'X-API-Key: {Key}' -d '{"{"}"query":"\"invalid password\" src_ip:{Company.AttackerAddress}","size":3{"}"}'
          curl -s {url}/v1/logs/search -H 'X-API-Key: {Key}' -d '{"{"}"level":"error","size":5{"}"}'
          curl -s {url}/v1/alerts -H 'X-API-Key: {Key}'     (the attack, as alerts of the built-in rules)
          curl -s {url}/api/v1/metrics -H 'X-API-Key: {Key}'

        Ctrl+C ends it and removes its data.
        """);

    // A day of the past, its attack an hour ago.
    private static Task FeedPastAsync(PicketClient client, CancellationToken cancellation) => ProgressLine.RunAsync("A day of the past", async progress =>
    {
        var company = new Company(7);
        var now = TimeProvider.System.GetUtcNow();
        var step = TimeSpan.FromDays(1) / PastEvents;
        var text = new StringBuilder();
        progress.Expect(PastEvents);
        const int part = 2_500;
        for (var i = 0; i < PastEvents; i++)
        {
            var at = now - TimeSpan.FromDays(1) + (step * i);
            company.AppendOrdinary(text, at);
            var attackStep = i - (PastEvents / 24 * 23);
            if (attackStep is >= 0 and < 45)
            {
                Company.AppendAttack(text, at, attackStep);
            }
            if (i % part == part - 1)
            {
                await PostAsync(client, text, cancellation);
                progress.Advance(part, part);
            }
        }
    });

    private static Task FeedNowAsync(PicketClient client, CancellationToken cancellation) => ProgressLine.RunAsync("Now", async progress =>
    {
        var company = new Company(8);
        var text = new StringBuilder();
        const int eachTime = 20;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        while (await timer.WaitForNextTickAsync(cancellation))
        {
            for (var i = 0; i < eachTime; i++)
            {
                company.AppendOrdinary(text, TimeProvider.System.GetUtcNow());
            }
            await PostAsync(client, text, cancellation);
            progress.Advance(0, eachTime);
        }
    });

    private static async Task PostAsync(PicketClient client, StringBuilder text, CancellationToken cancellation)
    {
        await client.PostAsync("/v1/ingest/jsonl", new StringContent(text.ToString()), null, cancellation);
        text.Clear();
    }
}
