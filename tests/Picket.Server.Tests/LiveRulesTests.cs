using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json;
using Picket.Detection.Matching;
using Picket.Detection.Rules;
using Picket.Events;
using Picket.Events.Parsing;
using Picket.Events.Schema;
using Picket.Query;
using Picket.Query.Language;
using Picket.Query.Store;
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
        foreach (var some in lines.Chunk(3_000))
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

    [Fact]
    public async Task Random_rules_match_live_the_random_events_that_a_plain_evaluation_finds()
    {
        var folder = Directory.CreateTempSubdirectory("picket-test-").FullName;
        await using (var picket = await RunningServer.StartAsync(folder, ("bootstrap_key", RunningServer.Admin), ("detection.pack", "false")))
        {
            using var http = new HttpClient { BaseAddress = new Uri(picket.Urls.First()) };
            http.DefaultRequestHeaders.Add("X-API-Key", RunningServer.Admin);
            var round = 0;
            Property.HoldsAsync(25, async random => await AgreeAsync(http, random, round++));
        }
        Directory.Delete(folder, recursive: true);
    }

    // Each round has rules of its own, which take the place of those before.
    private static async Task AgreeAsync(HttpClient http, Random random, int round)
    {
        var (filters, events) = (new RandomFilters(random), new RandomEvents(random));
        var rules = Enumerable.Range(0, 20).Select(_ => Typed(filters.Next())).OfType<Filter>().Where(filter => !filter.Fields.Any(EventSchema.IsTime)).ToArray();
        var yaml = rules.Select((filter, i) => $"id: r{round}-{i}\ntitle: r\nquery: {Quoted(filter)}\n").Append($"id: last-{round}\ntitle: last\nquery: sentinel:{round}\n");
        Assert.Equal(0, (await PostAsync(http, $"{Rules}/import?sync=true", Encoding.UTF8.GetBytes(string.Join("---\n", yaml)))).GetProperty("refused").GetArrayLength());
        var json = Enumerable.Range(0, random.Next(1, 120)).Select(_ => events.Next()).Append($"{{\"sentinel\":{round}}}").ToArray();
        await PostAsync(http, "/v1/ingest/jsonl", Encoding.UTF8.GetBytes(string.Join('\n', json)));
        while ((await GetAsync(http, $"{Rules}/last-{round}/matches")).GetProperty("total").GetInt32() == 0)
        {
            await Task.Yield();
        }
        // Received by now, as on the server: nothing is ahead of its clock.
        using var batch = Some.BatchOf(TenantId.Default, Instant.Now(TimeProvider.System), json);
        var listed = (await GetAsync(http, $"{Rules}?limit=100")).EnumerateArray().ToDictionary(rule => rule.GetProperty("id").GetString()!, rule => rule.GetProperty("matches").GetInt32());
        for (var i = 0; i < rules.Length; i++)
        {
            var expected = 0;
            for (var row = 0; row < batch.Count; row++)
            {
                expected += PlainMatch.Holds(rules[i], batch[row]) ? 1 : 0;
            }
            Assert.Equal((rules[i].ToString(), expected), (rules[i].ToString(), listed[$"r{round}-{i}"]));
        }
    }

    // As it is when it is typed; null for what nobody may, such as a range that ends before it begins.
    private static Filter? Typed(Filter filter)
    {
        try
        {
            return QueryParser.Parse(filter.ToString(), Some.Instant) is { Pipes: [] } query && query.Time == TimeRange.All ? query.Filter : null;
        }
        catch (QueryException)
        {
            return null;
        }
    }

    // In YAML's single quotes only these mean something.
    private static string Quoted(Filter filter) => $"'{filter.ToString().Replace("'", "''", StringComparison.Ordinal)}'";

    private static string[] Expected(string[] files, string[] lines)
    {
        using var parser = new EventParser();
        Assert.All(lines, line => Assert.True(parser.TryParse(Encoding.UTF8.GetBytes(line), 0)));
        using var batch = parser.Into.Seal();
        var matches = new List<RuleMatch>();
        new RuleMatcher(new RuleSet([.. RuleFiles.Read(files).Rules, .. BuiltInPack.Rules.Rules]), TimeProvider.System).Match(batch, matches);
        // Of rules that wait for events no matches are kept.
        return [.. matches.Where(match => match.Rule.Absence is null).CountBy(match => match.Rule.Id).OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key} {pair.Value}")];
    }

    private static IEnumerable<string> Lines(string folder)
    {
        foreach (var recording in Directory.EnumerateFiles(folder, "*.zip").Order(StringComparer.Ordinal))
        {
            using var zip = ZipFile.OpenRead(recording);
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

    // What a busy machine's server refuses for now is sent again, as it says.
    private static async Task<JsonElement> PostAsync(HttpClient http, string path, byte[] body)
    {
        while (true)
        {
            using var answer = await http.PostAsync(new Uri(path, UriKind.Relative), new ByteArrayContent(body));
            if (answer.StatusCode != HttpStatusCode.ServiceUnavailable)
            {
                Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
                return JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync()).RootElement;
            }
        }
    }

    private static async Task<JsonElement> GetAsync(HttpClient http, string path) => JsonDocument.Parse(await http.GetByteArrayAsync(new Uri(path, UriKind.Relative))).RootElement;
}
