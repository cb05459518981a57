using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Picket.Testing;

namespace Picket.EndToEnd.Tests;

public sealed class RulesCommandTests : IDisposable
{
    private const string Rule = """
        title: A tool is run
        id: 11111111-1111-1111-1111-111111111111
        logsource:
            product: windows
            category: process_creation
        detection:
            selection:
                Image|endswith: '\tool.exe'
            condition: selection
        level: high
        """;

    private readonly string folder = Directory.CreateTempSubdirectory("picket-test-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("a.jsonl", "{\"Channel\":\"Microsoft-Windows-Sysmon/Operational\",\"EventID\":1,\"Image\":\"C:\\\\Tool.exe\"}\n\n{\"Channel\":\"Security\",\"EventID\":4688,\"NewProcessName\":\"D:\\\\tool.exe\"}\n{\"Channel\":\"Microsoft-Windows-Sysmon/Operational\",\"EventID\":3,\"Image\":\"C:\\\\tool.exe\"}\n", "1 3")]
    [InlineData("a.json", "[\n{\"Event\":{\"System\":{\"Channel\":\"Microsoft-Windows-Sysmon/Operational\",\"EventID\":1},\"EventData\":{\"Image\":\"C:\\\\x.exe\"}}},\n{\"Event\":{\"System\":{\"Channel\":\"Microsoft-Windows-Sysmon/Operational\",\"EventID\":1},\"EventData\":{\"Image\":\"C:\\\\tool.exe\"}}}\n]", "2")]
    [InlineData("b.json", "{\n\"Image\":\"\\\\tool.exe\"\n}\n{\n\"Image\":\"\\\\tool.exe\"\n}", "1 4")]
    [InlineData("c.json", "{\"Records\":[{\"Image\":\"\\\\x.exe\"},{\"Image\":\"\\\\tool.exe\"}]}", "2")]
    [InlineData("d.jsonl.gz", "{\"Image\":\"\\\\tool.exe\"}\n{\"Image\":\"\\\\tool.exe\"}", "1 2")]
    [InlineData("e.zip", "{\"Image\":\"\\\\x.exe\"}\n{\"Image\":\"\\\\tool.exe\"}\n", "2")]
    public async Task Rules_are_run_over_files_as_people_have_them(string name, string text, string lines)
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "rule.yml"), Rule);
        await WriteAsync(name, text);
        var run = await PicketProcess.RunAsync(folder, ["rules", "run", "--rules", "rule.yml", name]);
        Assert.Equal(0, run.ExitCode);
        var hits = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal(lines, string.Join(' ', hits.Select(hit => hit.GetProperty("line").GetInt32())));
        Assert.All(hits, hit => Assert.Equal((name, "11111111-1111-1111-1111-111111111111", "high"), (hit.GetProperty("file").GetString(), hit.GetProperty("rule_id").GetString(), hit.GetProperty("level").GetString())));
        Assert.All(hits, hit => Assert.Equal(name == "e.zip", hit.TryGetProperty("entry", out _)));
        var ids = await PicketProcess.RunAsync(folder, ["rules", "run", "--rules", "rule.yml", "--format", "ids", name]);
        Assert.Equal(string.Concat(hits.Select(_ => $"{name}\t11111111-1111-1111-1111-111111111111\n")), ids.Output);
    }

    [Fact]
    public async Task What_cannot_be_taken_is_named_and_the_rest_runs()
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "rule.yml"), Rule + "\n---\n" + Rule.Replace("endswith", "endswiht", StringComparison.Ordinal));
        await File.WriteAllTextAsync(Path.Combine(folder, "a.jsonl"), "{\"Image\":\"\\\\tool.exe\"}\nno json\n{\"Image\":\"\\\\tool.exe\"}\n");
        var run = await PicketProcess.RunAsync(folder, ["rules", "run", "--rules", "rule.yml", "--format", "ids", "a.jsonl", "absent.jsonl"]);
        Assert.Equal((3, 2), (run.ExitCode, run.Output.Split("a.jsonl\t").Length - 1));
        Assert.Contains("rule.yml:19:9: there is no modifier endswiht; did you mean endswith?", run.Output, StringComparison.Ordinal);
        Assert.Contains("a.jsonl, line 2", run.Output, StringComparison.Ordinal);
        Assert.Contains("absent.jsonl", run.Output, StringComparison.Ordinal);
        var check = await PicketProcess.RunAsync(folder, ["rules", "check", "rule.yml"]);
        Assert.Equal(3, check.ExitCode);
        Assert.Contains("Rules that can be run: 1; refused: 1", check.Output, StringComparison.Ordinal);
        Assert.Equal(2, (await PicketProcess.RunAsync(folder, ["rules", "run", "a.jsonl"])).ExitCode);
        Assert.Equal(2, (await PicketProcess.RunAsync(folder, ["rules", "check", "absent"])).ExitCode);
    }

    [Theory]
    [InlineData("aws_cloudtrail_invictus", "cloudtrail.zip", 44)]
    [InlineData("zeek_json_apt29", "day1.zip", 6)]
    public async Task Recorded_logs_are_hit_as_often_as_known(string data, string file, int hits)
    {
        var (path, rules) = (SharedData.Find(data, file), SharedData.Find("sigma"));
        Assert.SkipWhen(path is null || rules is null, "The recorded data is not beside this checkout.");
        var run = await PicketProcess.RunAsync(folder, ["rules", "run", "--rules", Path.Combine(rules, "rules"), "--format", "ids", path]);
        Assert.Equal((0, hits), (run.ExitCode, run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length));
    }

    private async Task WriteAsync(string name, string text)
    {
        var path = Path.Combine(folder, name);
        if (name.EndsWith(".zip", StringComparison.Ordinal))
        {
            await using var zip = await ZipFile.OpenAsync(path, ZipArchiveMode.Create);
            await using var entry = await zip.CreateEntry("inner.jsonl").OpenAsync();
            await entry.WriteAsync(Encoding.UTF8.GetBytes(text));
        }
        else if (name.EndsWith(".gz", StringComparison.Ordinal))
        {
            await using var gzip = new GZipStream(File.Create(path), CompressionLevel.Fastest);
            await gzip.WriteAsync(Encoding.UTF8.GetBytes(text));
        }
        else
        {
            await File.WriteAllTextAsync(path, text);
        }
    }
}
