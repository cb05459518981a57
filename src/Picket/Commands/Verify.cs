using System.CommandLine;
using System.Globalization;
using Picket.Storage;
using Picket.Storage.Inspection;
using Picket.Terminal;

namespace Picket.Commands;

/// <summary><c>picket verify</c>: reads all of a data folder and says what is damaged.</summary>
internal static class Verify
{
    public static Command Command()
    {
        var folder = new Argument<string>("data") { Description = "The data folder; no server may be using it", DefaultValueFactory = _ => "data" };
        var command = new Command(
            "verify", "Read every byte of a data folder and check it: checksums, columns, indices, counts. Changes nothing. Ends with 1 when something is damaged.\n\nExample: picket verify data") { folder };
        command.SetAction(async (parsed, cancellation) =>
        {
            var path = parsed.GetValue(folder)!;
            // Asked first, for opening makes what is not there.
            _ = DataFolder.LogOf(path);
            using var data = DataFolder.Open(path);
            VerifyReport? report = null;
            await ProgressLine.RunAsync("verify", async progress =>
            {
                var last = 0;
                await Task.Yield();
                report = new VerifyData(path, data.Log).Run(
                    (done, all) =>
                    {
                        if (last == 0)
                        {
                            progress.Expect(all);
                        }
                        progress.Advance(done - last, 0);
                        last = done;
                    },
                    cancellation);
            });
            return Show(report!);
        });
        return command;
    }

    private static int Show(VerifyReport report)
    {
        foreach (var finding in report.Findings)
        {
            Console.Out.WriteLine($"{finding.File}: {finding.What}");
        }
        Console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Read {report.Events:N0} events in {report.Segments:N0} segments ({report.Bytes:N0} bytes) and {report.LogEvents:N0} events in {report.LogFiles:N0} log files: {(report.Findings.Count == 0 ? "all is well" : $"{report.Findings.Count:N0} findings")}."));
        return report.Findings.Count == 0 ? ExitCode.Done : ExitCode.Failed;
    }
}
