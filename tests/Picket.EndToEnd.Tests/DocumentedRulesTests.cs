using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using Picket.Testing;

namespace Picket.EndToEnd.Tests;

/// <summary>Every example of the pages on rules and alerts does what the page says: its files are written, its commands run, and what they print compared.</summary>
public sealed partial class DocumentedRulesTests
{
    [Theory]
    [InlineData("rules.md", 10)]
    [InlineData("alerts.md", 6)]
    public async Task Every_example_prints_what_the_page_says(string page, int least)
    {
        var folder = Directory.CreateTempSubdirectory("picket-test-").FullName;
        var port = PicketProcess.FreePort();
        var data = Directory.CreateTempSubdirectory("picket-test-").FullName;
        using var server = await PicketProcess.ServeAsync(data, port);
        var commands = 0;
        foreach (Match block in Block().Matches(await File.ReadAllTextAsync(Path.Combine(SharedData.Repository, "docs", page))))
        {
            if (block.Groups[1].Value != "console")
            {
                await File.WriteAllTextAsync(Path.Combine(folder, block.Groups[2].Value), block.Groups[3].Value);
                continue;
            }
            foreach (Match example in Example().Matches(block.Groups[3].Value))
            {
                var printed = await RunAsync(folder, port, example.Groups[1].Value);
                // What goes to standard error is mixed in by nobody knows where, so lines are compared without their order.
                Assert.Equal(Lines(example.Groups[2].Value), Lines(example.Groups[1].Value.StartsWith("picket import", StringComparison.Ordinal) ? "" : printed));
                commands++;
            }
        }
        Assert.True(commands >= least, $"{commands} commands");
        server.Signal("TERM");
        await server.WaitAsync();
        Directory.Delete(folder, recursive: true);
        Directory.Delete(data, recursive: true);
    }

    private static IEnumerable<string> Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal);

    private static async Task<string> RunAsync(string folder, int port, string command)
    {
        var script = $"picket() {{ dotnet \"{PicketProcess.Program}\" \"$@\"; }}\nexport PICKET_URL=http://127.0.0.1:{port} PICKET_KEY={PicketProcess.Key}\n{command} 2>&1";
        using var bash = Process.Start(new ProcessStartInfo("bash", ["-c", script]) { WorkingDirectory = folder, RedirectStandardOutput = true, StandardOutputEncoding = Encoding.UTF8 })!;
        var printed = await bash.StandardOutput.ReadToEndAsync();
        await bash.WaitForExitAsync();
        return printed;
    }

    [GeneratedRegex("```(yaml|json|console) ?([^\n]*)\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"\$ ([^\n]*)\n((?:(?!\$ )[^\n]*\n)*)")]
    private static partial Regex Example();
}
