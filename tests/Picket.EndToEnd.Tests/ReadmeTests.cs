using System.Diagnostics;
using System.IO.Compression;
using System.Text.RegularExpressions;
using Picket.Testing;

namespace Picket.EndToEnd.Tests;

/// <summary>The README's tour works as it is written.</summary>
public sealed partial class ReadmeTests
{
    [Fact]
    public async Task Every_command_of_the_tour_succeeds()
    {
        var folder = Directory.CreateTempSubdirectory("picket-test-").FullName;
        Directory.CreateDirectory(Path.Combine(folder, "old-logs"));
        await using (var gzip = new GZipStream(File.Create(Path.Combine(folder, "old-logs", "a.jsonl.gz")), CompressionLevel.Fastest))
        {
            await gzip.WriteAsync("{\"message\":\"old\"}\n"u8.ToArray());
        }
        var port = PicketProcess.FreePort();
        using var server = await PicketProcess.ServeAsync(folder, port);
        var tour = string.Join('\n', BashBlock().Matches(await File.ReadAllTextAsync(Path.Combine(SharedData.Repository, "README.md"))).Select(match => match.Groups[1].Value)
            .Where(block => !block.Contains("./test.sh", StringComparison.Ordinal) && !block.Contains("picket serve", StringComparison.Ordinal)));
        Assert.Contains("curl", tour, StringComparison.Ordinal);
        var script = $$"""
            set -euo pipefail
            picket() { dotnet "{{PicketProcess.Program}}" "$@"; }
            curl() { command curl -sS --fail-with-body "$@"; echo; }
            export PICKET_URL=http://127.0.0.1:{{port}}
            {{tour.Replace("<the key>", PicketProcess.Key, StringComparison.Ordinal).Replace("localhost:8080", $"127.0.0.1:{port}", StringComparison.Ordinal)
                .Replace("--seconds 10", "--seconds 1", StringComparison.Ordinal)
                .Replace("<id>", "$(picket search -n 1 timeout | grep -o '\"id\":\"[^\"]*' | head -n 1 | cut -c 7-)", StringComparison.Ordinal)}}
            """;
        await File.WriteAllTextAsync(Path.Combine(folder, "tour.sh"), script);
        using var bash = Process.Start(new ProcessStartInfo("bash", ["tour.sh"]) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, errors) = (bash.StandardOutput.ReadToEndAsync(), bash.StandardError.ReadToEndAsync());
        await bash.WaitForExitAsync();
        Assert.True(bash.ExitCode == 0, await output + await errors);
        Assert.Contains("\"raw_json\":", await output, StringComparison.Ordinal);
        server.Signal("TERM");
        await server.WaitAsync();
        Directory.Delete(folder, recursive: true);
    }

    [GeneratedRegex("```bash\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex BashBlock();
}
