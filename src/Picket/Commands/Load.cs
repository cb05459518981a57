using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Picket.Client;
using Picket.Demo;
using Picket.Terminal;

namespace Picket.Commands;

/// <summary><c>picket load</c>: many connections posting at a rate for a while; then every acknowledged event must be found.</summary>
internal static class Load
{
    public static Command Command()
    {
        var (url, key) = (Options.Url(), Options.Key());
        var connections = new Option<int>("--connections", "-c") { Description = "Connections at once", DefaultValueFactory = _ => 100 };
        var seconds = new Option<int>("--seconds", "-d") { Description = "How long", DefaultValueFactory = _ => 10 };
        var rate = new Option<int>("--rate", "-r") { Description = "Requests a second in all; 0: as many as go", DefaultValueFactory = _ => 0 };
        var size = new Option<int>("--events", "-e") { Description = "Events a request", DefaultValueFactory = _ => 1 };
        var command = new Command("load", "Load a server with posts and check that every acknowledged event is found.\n\nExample: picket load -c 100 -d 10 -e 1") { connections, seconds, rate, size, url, key };
        command.SetAction(async (parsed, cancellation) =>
        {
            var run = new Run(parsed.GetValue(connections), parsed.GetValue(seconds), parsed.GetValue(rate), parsed.GetValue(size));
            using var client = new PicketClient(parsed.GetValue(url)!, Options.KeyOf(parsed, key), run.Connections);
            return await run.ExecuteAsync(client, cancellation);
        });
        return command;
    }

    private sealed class Run(int connections, int seconds, int rate, int size)
    {
        private readonly string mark = "load" + Guid.CreateVersion7().ToString("N", CultureInfo.InvariantCulture);
        private readonly List<double> latencies = [];
        private readonly TimeProvider time = TimeProvider.System;
        private long acknowledged;
        private long failed;
        private string? lastError;

        public int Connections => connections;

        public async Task<int> ExecuteAsync(PicketClient client, CancellationToken cancellation)
        {
            var start = time.GetTimestamp();
            using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            end.CancelAfter(TimeSpan.FromSeconds(seconds));
            await ProgressLine.RunAsync("Loading", async progress =>
            {
                progress.Expect(seconds);
                var workers = Enumerable.Range(0, connections).Select(worker => WorkAsync(client, worker, end.Token)).ToArray();
                var all = Task.WhenAll(workers);
                var before = 0L;
                while (await Task.WhenAny(all, Task.Delay(TimeSpan.FromSeconds(1), cancellation)) != all)
                {
                    var now = Interlocked.Read(ref acknowledged);
                    progress.Advance(1, now - before);
                    before = now;
                }
                await all;
            });
            var took = time.GetElapsedTime(start).TotalSeconds;
            var found = await CountAsync(client, cancellation);
            Report(took, found);
            if (found != acknowledged)
            {
                throw new CommandException(ExitCode.Failed, $"{acknowledged:N0} events were acknowledged, but {found:N0} are found.");
            }
            return failed == 0 ? ExitCode.Done : ExitCode.Partly;
        }

        private async Task WorkAsync(PicketClient client, int worker, CancellationToken end)
        {
            var company = new Company(worker);
            var text = new StringBuilder();
            var pause = rate > 0 ? TimeSpan.FromSeconds((double)connections / rate) : TimeSpan.Zero;
            while (!end.IsCancellationRequested)
            {
                text.Clear();
                for (var i = 0; i < size; i++)
                {
                    company.AppendOrdinary(text, time.GetUtcNow());
                    text.Length -= 2;
                    text.Append(CultureInfo.InvariantCulture, $",\"load_run\":\"{mark}\"}}\n");
                }
                var start = time.GetTimestamp();
                try
                {
                    // A request once sent is waited for: what it stores must be counted.
                    var answer = await client.PostAsync("/v1/ingest/jsonl", new StringContent(text.ToString()), null, CancellationToken.None);
                    Interlocked.Add(ref acknowledged, answer.GetProperty("accepted").GetInt64());
                    lock (latencies)
                    {
                        latencies.Add(time.GetElapsedTime(start).TotalMilliseconds);
                    }
                }
                catch (CommandException error)
                {
                    Interlocked.Increment(ref failed);
                    lastError = error.Message;
                }
                if (pause > TimeSpan.Zero)
                {
                    await Task.Delay(pause, CancellationToken.None);
                }
            }
        }

        private async Task<long> CountAsync(PicketClient client, CancellationToken cancellation)
        {
            var query = Encoding.UTF8.GetBytes($$"""{"query":"load_run:{{mark}}","size":1,"track_total":true}""");
            JsonElement answer = await client.PostJsonAsync("/v1/logs/search", query, cancellation);
            return answer.GetProperty("total").GetInt64();
        }

        private void Report(double took, long found)
        {
            latencies.Sort();
            string At(double percent) => latencies.Count == 0 ? "-" : latencies[Math.Min((int)(latencies.Count * percent / 100), latencies.Count - 1)].ToString("N1", CultureInfo.InvariantCulture);
            Tables.Write(["figure", "value"],
            [
                ["requests", latencies.Count.ToString("N0", CultureInfo.InvariantCulture)],
                ["failed", failed.ToString("N0", CultureInfo.InvariantCulture) + (lastError is null ? "" : $" (last: {lastError})")],
                ["events acknowledged", acknowledged.ToString("N0", CultureInfo.InvariantCulture)],
                ["events found", found.ToString("N0", CultureInfo.InvariantCulture)],
                ["events a second", (acknowledged / took).ToString("N0", CultureInfo.InvariantCulture)],
                ["latency ms p50 / p95 / p99 / max", $"{At(50)} / {At(95)} / {At(99)} / {At(100)}"],
            ]);
        }
    }
}
