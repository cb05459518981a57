using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Picket.Detection.Matching;
using Picket.Detection.Rules;
using Picket.Events.Parsing;
using Picket.Testing;

namespace Picket.Server.Tests;

/// <summary>All published rules on a server of their own, for they take a second to be loaded.</summary>
public sealed class LiveRulesTests
{
    private const string Rules = "/v1/alerts/rules";

    [Fact]
    public async Task Published_rules_match_live_what_they_match_in_files()
    {
        var (rules, recordings) = (SharedData.Find("sigma"), SharedData.Find("otrf_security_datasets"));
        Assert.SkipWhen(rules is null || recordings is null, "The published rules and recorded attacks are not beside this checkout.");
        var folder = Directory.CreateTempSubdirectory("picket-test-").FullName;
        await using var picket = await RunningServer.StartAsync(folder, ("bootstrap_key", RunningServer.Admin));
        using var http = new HttpClient { BaseAddress = new Uri(picket.Urls.First()) };
        http.DefaultRequestHeaders.Add("X-API-Key", RunningServer.Admin);
        var files = RuleFiles.FilesOf([Path.Combine(rules, "rules"), Path.Combine(rules, "rules-emerging-threats"), Path.Combine(rules, "rules-threat-hunting")]).ToArray();
        var imported = await PostAsync(http, $"{Rules}/import", Zip(files));
        Assert.Equal((3_752, 2), (imported.GetProperty("added").GetInt32(), imported.GetProperty("refused").GetArrayLength()));
        var lines = Lines(recordings).ToArray();
        foreach (var some in lines.Chunk(700))
        {
            await PostAsync(http, "/v1/ingest/jsonl", Encoding.UTF8.GetBytes(string.Join('\n', some)));
        }
        var expected = Expected(files, lines);
        Assert.True(expected.Length > 20, $"{expected.Length} rules match");
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        // Until all has been looked at; then it must be so.
        for (var behind = 1L; behind > 0 && !patience.IsCancellationRequested;)
        {
            behind = (await GetAsync(http, $"{Rules}/root_login_ssh/matches")).GetProperty("behind").GetInt64();
        }
        var found = (await GetAsync(http, $"{Rules}?limit=10000")).EnumerateArray().Where(rule => rule.GetProperty("matches").GetInt64() > 0);
        Assert.Equal(expected, found.Select(rule => $"{rule.GetProperty("id").GetString()} {rule.GetProperty("matches").GetInt64()}"));
        Directory.Delete(folder, recursive: true);
    }

    private static string[] Expected(string[] files, string[] lines)
    {
        using var parser = new EventParser();
        Assert.All(lines, line => Assert.True(parser.TryParse(Encoding.UTF8.GetBytes(line), 0)));
        using var batch = parser.Into.Seal();
        var matches = new List<RuleMatch>();
        new RuleMatcher(new RuleSet([.. RuleFiles.Read(files).Rules, .. BuiltInPack.Rules.Rules]), TimeProvider.System).Match(batch, matches);
        return [.. matches.CountBy(match => match.Rule.Id).OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key} {pair.Value}")];
    }

    private static IEnumerable<string> Lines(string folder)
    {
        foreach (var recording in (string[])["empire_launcher_vbs.zip", "psh_cmstp_execution_bypassuac.zip", "schtask_create.zip"])
        {
            using var zip = ZipFile.OpenRead(Path.Combine(folder, recording));
            using var text = new StreamReader(zip.Entries.Single().Open());
            while (text.ReadLine() is { } line)
            {
                if (line.Length > 0)
                {
                    yield return line;
                }
            }
        }
    }

    private static byte[] Zip(string[] files)
    {
        using var into = new MemoryStream();
        using (var zip = new ZipArchive(into, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var file in files)
            {
                zip.CreateEntryFromFile(file, file, CompressionLevel.Fastest);
            }
        }
        return into.ToArray();
    }

    private static async Task<JsonElement> PostAsync(HttpClient http, string path, byte[] body)
    {
        using var answer = await http.PostAsync(new Uri(path, UriKind.Relative), new ByteArrayContent(body));
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync()).RootElement;
    }

    private static async Task<JsonElement> GetAsync(HttpClient http, string path) => JsonDocument.Parse(await http.GetByteArrayAsync(new Uri(path, UriKind.Relative))).RootElement;
}
