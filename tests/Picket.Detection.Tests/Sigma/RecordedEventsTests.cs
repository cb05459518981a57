using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Picket.Detection.Matching;
using Picket.Detection.Rules;
using Picket.Events.Parsing;
using Picket.Testing;

namespace Picket.Detection.Tests.Sigma;

/// <summary>The published rules over recorded attacks find what independent programs found. Of half of the rules the answers are known: those whose id's SHA-256 ends in an even byte.</summary>
public sealed class RecordedEventsTests
{
    [Fact]
    public void Regression_cases_are_hit_by_the_rules_they_are_for()
    {
        var root = SharedData.Find("sigma");
        Assert.SkipWhen(root is null, "The recorded Sigma data is not beside this checkout.");
        var rules = new RuleMatcher(new RuleSet(Published(), with4688: false), TimeProvider.System);
        using var expected = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(root, "regression_expected.json")));
        var (cases, hits) = (0, 0);
        foreach (var one in expected.RootElement.EnumerateArray())
        {
            var found = Hits(rules, RecordedEvents.Values(File.ReadAllBytes(Path.Combine(root, one.GetProperty("json").GetString()!))));
            var wanted = one.GetProperty("hits_per_event").EnumerateArray().SelectMany((of, at) => of.EnumerateArray().Select(id => (at + 1, id.GetString()!)));
            Assert.Equal((one.GetProperty("json").GetString(), string.Join('\n', wanted.Order())), (one.GetProperty("json").GetString(), string.Join('\n', found.Order())));
            (cases, hits) = (cases + 1, hits + found.Count);
        }
        Assert.Equal((98, 143), (cases, hits));
    }

    [Fact]
    public void Recorded_attacks_are_hit_at_the_lines_known()
    {
        var root = SharedData.Find("otrf_security_datasets");
        Assert.SkipWhen(root is null, "The recorded attacks are not beside this checkout.");
        var published = Published();
        var plain = new RuleMatcher(new RuleSet(published, with4688: false), TimeProvider.System);
        var with4688 = new RuleMatcher(new RuleSet(published), TimeProvider.System);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(root, "expected")).Order())
        {
            using var expected = JsonDocument.Parse(File.ReadAllBytes(file));
            var lines = RecordedEvents.Lines(Path.Combine(root, expected.RootElement.GetProperty("zip").GetString()!));
            var found = Hits(plain, lines);
            Assert.Equal($"{file}\n{Wanted(expected.RootElement.GetProperty("hits"))}", $"{file}\n{string.Join('\n', found.Order())}");
            var more = Hits(with4688, lines).Except(found);
            Assert.Equal((file, Wanted(expected.RootElement.GetProperty("hits_process_creation_via_security_4688"))), (file, string.Join('\n', more.Order())));
        }

        static string Wanted(JsonElement hits) => string.Join('\n', hits.EnumerateObject().SelectMany(rule => rule.Value.GetProperty("lines").EnumerateArray().Select(line => (line.GetInt32(), rule.Name))).Order());
    }

    private static List<Rule> Published()
    {
        var read = RuleFiles.Read(SigmaHqTests.Folders());
        var (rules, refused) = (read.Rules, read.Refused);
        return [.. rules.Where(rule => SHA256.HashData(Encoding.UTF8.GetBytes(rule.Id))[^1] % 2 == 0)];
    }

    private static List<(int Line, string Rule)> Hits(RuleMatcher rules, IReadOnlyList<(int Line, byte[] Json)> events)
    {
        var hits = new List<(int, string)>();
        using var parser = new EventParser { ReceivedAt = Some.Instant };
        for (var from = 0; from < events.Count; from += 4_096)
        {
            var some = events.Skip(from).Take(4_096).ToArray();
            foreach (var (_, json) in some)
            {
                Assert.True(parser.TryParse(json, 0), Encoding.UTF8.GetString(json));
            }
            using var batch = parser.Into.Seal();
            var found = new List<RuleMatch>();
            rules.Match(batch, found);
            hits.AddRange(found.Select(hit => (some[hit.Row].Line, hit.Rule.Id)));
        }
        return hits;
    }
}
