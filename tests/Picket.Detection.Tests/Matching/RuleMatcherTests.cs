using System.Globalization;
using Picket.Detection.Matching;
using Picket.Detection.Rules;
using Picket.Detection.Tests.Sigma;
using Picket.Events;
using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Query;
using Picket.Query.Operators;
using Picket.Testing;

namespace Picket.Detection.Tests.Matching;

public sealed class RuleMatcherTests
{
    [Fact]
    public void Random_rules_match_the_random_events_that_a_plain_evaluation_finds() => Property.Holds(300, random =>
    {
        var filters = new RandomFilters(random, ofRules: true);
        var rules = Enumerable.Range(0, random.Next(1, 40)).Select(i => new Rule($"{i}", $"rule {i}", RuleLevel.Low, RandomSource(random), RandomFilter(random, filters))).ToArray();
        var set = new RuleSet(rules, with4688: random.Next(2) == 0);
        var matcher = new RuleMatcher(set, TimeProvider.System);
        var events = new RandomEvents(random);
        for (var batches = random.Next(1, 4); batches > 0; batches--)
        {
            using var batch = Some.Batch([.. Enumerable.Range(0, random.Next(1, 200)).Select(_ => WithSource(random, events.Next()))]);
            Assert.Equal(PlainRules.Match(set, batch), PlainRules.ByMatcher(matcher, batch));
        }
    });

    [Fact]
    public void Published_rules_match_the_recorded_attacks_that_a_plain_evaluation_finds()
    {
        var folders = SigmaHqTests.Folders();
        var recordings = RecordedEvents.Recordings();
        Assert.SkipWhen(recordings.Count == 0, "The recorded attacks are not beside this checkout.");
        var set = new RuleSet(RuleFiles.Read(folders).Rules);
        var matcher = new RuleMatcher(set, TimeProvider.System);
        var found = 0;
        foreach (var batch in recordings.SelectMany(RecordedEvents.Batches))
        {
            using (batch)
            {
                var matches = PlainRules.ByMatcher(matcher, batch);
                Assert.Equal(PlainRules.MatchMany(set, batch), matches);
                found += matches.Count;
            }
        }
        Assert.True(found > 900, $"{found} matches");
        // The indices leave so few that one in a hundred of the rules for an event would be many.
        Assert.InRange(matcher.Counts.Candidates, found, matcher.Counts.Eligible / 500);
    }

    [Theory]
    // Whatever an event has, and whatever stands in any field: of a rule that names no source, all events; of one that does, those that are known to be from there.
    [InlineData("title: r\nquery: '*'", "0 1 2")]
    [InlineData("title: r\nquery: -level:error", "0 1 2")]
    [InlineData("title: r\nlogsource: {product: windows}\nquery: -level:error", "1")]
    [InlineData("title: r\nlogsource: {product: windows}\ndetection: {a: [tool], condition: a}", "1")]
    [InlineData("title: r\nlogsource: {service: security}\ndetection: {a: [tool], condition: a}", "1")]
    [InlineData("title: r\nlogsource: {product: linux, service: auditd}\ndetection: {a: [tool], condition: a}", "2")]
    [InlineData("title: r\nlogsource: {product: windows}\ndetection: {a: {x: tool}, condition: a}", "0 1")]
    [InlineData("title: r\nlogsource: {product: windows, service: system}\ndetection: {a: {x: tool}, condition: a}", "0")]
    [InlineData("title: r\nlogsource: {category: process_creation}\ndetection: {a: {x: tool}, condition: a}", "0")]
    public void A_rule_is_run_over_events_that_it_may_be_for(string rule, string rows)
    {
        var set = new RuleSet(RuleFiles.Read([("r.yml", rule)]).Rules);
        using var batch = Some.Batch("""{"x":"tool"}""", """{"x":"tool","Channel":"Security","EventID":4624}""", """{"x":"tool","type":"EXECVE"}""");
        Assert.Equal(rows, string.Join(' ', PlainRules.ByMatcher(new RuleMatcher(set, TimeProvider.System), batch).Select(match => match.Row)));
    }

    [Theory]
    [InlineData("{a: {x|contains: tool, y|endswith: '.exe'}, condition: a}", 1)]
    [InlineData("{a: {x|contains: tool}, b: {y|startswith: 'c:'}, condition: a and not b}", 2)]
    [InlineData("{a: {x|contains: tool}, b: {z|re: '^a.c$'}, condition: a and b}", 1)]
    [InlineData("{a: {x|contains: tool}, b: {z|re: '^a.c$'}, condition: a or b}", 4)]
    [InlineData("{a: {x|contains: tool}, b: {z|gt: 3}, condition: a and b}", 0)]
    public void What_the_indices_rule_out_is_no_candidate(string detection, int candidates)
    {
        var matcher = new RuleMatcher(new RuleSet(RuleFiles.Read([("r.yml", $"title: r\nlogsource: {{product: p}}\ndetection: {detection}")]).Rules), TimeProvider.System);
        using var batch = Some.Batch("""{"x":"a tool","y":"c:"}""", """{"x":"a tool","z":"abc"}""", """{"x":"a tool","y":"d:a.exe"}""", """{"x":"another","y":"c:"}""", """{"x":"other","z":"abcd"}""");
        matcher.Match(batch, []);
        Assert.Equal(candidates, matcher.Counts.Candidates);
    }

    [Theory]
    // The audit calls them otherwise, but not for a rule that is for the audit.
    [InlineData("category: process_creation", "0 1")]
    [InlineData("category: process_creation, product: windows", "0 1")]
    [InlineData("category: process_creation, product: windows, service: security", "2")]
    [InlineData("category: process_creation, product: linux", "")]
    [InlineData("service: security", "2")]
    public void Rules_of_processes_read_what_the_audit_calls_otherwise(string source, string rows)
    {
        var set = new RuleSet(RuleFiles.Read([("r.yml", $"title: r\nlogsource: {{{source}}}\ndetection: {{a: {{Image|endswith: tool.exe}}, condition: a}}")]).Rules);
        using var batch = Some.Batch(
            """{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":1,"Image":"c:/tool.exe"}""",
            """{"Channel":"Security","EventID":4688,"NewProcessName":"c:/tool.exe"}""", """{"Channel":"Security","EventID":4688,"Image":"c:/tool.exe"}""");
        Assert.Equal(rows, string.Join(' ', PlainRules.ByMatcher(new RuleMatcher(set, TimeProvider.System), batch).Select(match => match.Row)));
    }

    [Fact]
    public void More_values_than_are_remembered_are_matched_all_the_same()
    {
        // So many texts that all values are looked through, each one new.
        var set = new RuleSet([.. Enumerable.Range(0, 200).Select(i => new Rule($"{i}", "r", RuleLevel.Low, new LogSource(null, null, null), new Filter.Term(new Field("c"), new Contains(string.Create(CultureInfo.InvariantCulture, $"n{i}z")))))]);
        var (matcher, matches, values) = (new RuleMatcher(set, TimeProvider.System), new List<RuleMatch>(), 0);
        while (values < 150_000)
        {
            using var batch = Some.Batch([.. Enumerable.Range(values, 10_000).Select(i => string.Create(CultureInfo.InvariantCulture, $"{{\"c\":\"{i} n{i % 1_000}z\"}}"))]);
            matches.Clear();
            matcher.Match(batch, matches);
            Assert.Equal(Enumerable.Range(0, 10_000).Where(i => i % 1_000 < 200).Select(i => (i, i % 1_000)), matches.Select(match => (match.Row, match.Place)));
            values += 10_000;
        }
        // A few of them twice: those of the events that are decided when all is forgotten.
        Assert.InRange(matcher.Counts.Values, values, values + 10_000);
    }

    [Fact]
    public void More_sources_than_are_remembered_are_told_apart_all_the_same()
    {
        var set = new RuleSet([.. ((string[])["security", "system"]).Select(service => new Rule(service, "r", RuleLevel.Low, new LogSource("windows", service, null), new Filter.Term(new Field("EventID"), new EqualTo("7"))))]);
        var matcher = new RuleMatcher(set, TimeProvider.System);
        for (var from = 0; from < 40_000; from += 10_000)
        {
            using var batch = Some.Batch([
                .. Enumerable.Range(from, 10_000).Select(i => string.Create(CultureInfo.InvariantCulture, $"{{\"Channel\":\"made up {i}\",\"EventID\":7}}")),
                """{"Channel":"Security","EventID":7}""", """{"Channel":"System","EventID":7}""", """{"Channel":"System","EventID":8}""",
            ]);
            Assert.Equal([(10_000, 0), (10_001, 1)], PlainRules.ByMatcher(matcher, batch));
        }
    }

    [Fact]
    public void Rules_are_run_for_the_tenants_that_have_them()
    {
        var set = new RuleSet([.. Enumerable.Range(0, 70).Select(i => new Rule($"{i}", "r", RuleLevel.Low, new LogSource(null, null, null), new Filter.Term(new Field("a"), new EqualTo("x"))))]);
        var tenants = new TenantRules(70, new Dictionary<TenantId, IReadOnlyCollection<int>> { [new TenantId(5)] = [0, 69], [new TenantId(6)] = [] }, [64]);
        var matcher = new RuleMatcher(set, TimeProvider.System, tenants);
        foreach (var (tenant, places) in new (uint, int[])[] { (5, [0, 69]), (6, []), (7, [64]) })
        {
            using var batch = Some.BatchOf(new TenantId(tenant), """{"a":"x"}""", """{"a":"y"}""");
            Assert.Equal(places.Select(place => (0, place)), PlainRules.ByMatcher(matcher, batch));
            Assert.Equal([.. places], Enumerable.Range(0, 70).Where(place => tenants.Contains(new TenantId(tenant), place)));
        }
    }

    [Fact]
    public void Fields_past_the_columns_of_a_batch_are_matched_too()
    {
        var many = string.Join(',', Enumerable.Range(0, 6_000).Select(i => string.Create(CultureInfo.InvariantCulture, $"\"made{i}\":\"value {i}\"")));
        var events = Enumerable.Range(0, 15).Select(part => $"{{\"Channel\":\"Security\",\"EventID\":1,{string.Join(',', many.Split(',').Skip(part * 400).Take(400))}}}");
        using var batch = Some.Batch([.. events]);
        Assert.Contains(Overflow.Field, batch.Fields);
        var source = new LogSource("windows", null, null);
        var set = new RuleSet(
        [
            new Rule("1", "a far field", RuleLevel.Low, source, new Filter.Term(new Field("made5999"), new Contains("VALUE 59"))),
            new Rule("2", "any far field", RuleLevel.Low, source, new Filter.AnyField(new EqualTo("value 5998"))),
            new Rule("3", "a pattern in any", RuleLevel.Low, source, new Filter.AnyField(new MatchesRegex("^value 599[0-7]$"))),
            new Rule("4", "a near field", RuleLevel.Low, source, new Filter.Term(new Field("made0"), new Suffix("0"))),
        ]);
        Assert.Equal([(0, 3), (14, 0), (14, 1), (14, 2)], PlainRules.ByMatcher(new RuleMatcher(set, TimeProvider.System), batch));
    }

    [Fact]
    public void Senders_that_make_up_names_do_not_make_rules_slow()
    {
        // Each rule is looked at for each event, and asks for fields that no event has.
        var set = new RuleSet([.. Enumerable.Range(0, 50).Select(i => new Rule($"{i}", "r", RuleLevel.Low, new LogSource(null, null, null), new Filter.And(
            [new Filter.Term(new Field("message"), new EqualTo("m")), .. Enumerable.Range(0, 5).Select(j => new Filter.Not(new Filter.Term(new Field($"absent{i}.{j}"), new EqualTo("x"))))])))]);
        using var batch = Some.Batch([.. Enumerable.Range(0, 400).Select(row => $"{{\"message\":\"m\",{string.Join(',', Enumerable.Range(0, 100).Select(i => $"\"made.up{row}.{i}\":{i}"))}}}")]);
        Assert.Contains(Overflow.Field, batch.Fields);
        var told = new List<string>();
        Assert.Equal(400 * 50, PlainRules.ByMatcher(new RuleMatcher(set, TimeProvider.System, setAside: (_, why) => told.Add(why)), batch).Count);
        Assert.Empty(told);
    }

    [Fact]
    public void Events_that_match_nothing_take_no_memory()
    {
        var set = new RuleSet([.. Enumerable.Range(0, 200).Select(i => new Rule($"{i}", "r", RuleLevel.Low, new LogSource("windows", null, null), new Filter.And(
            [new Filter.Term(new Field("CommandLine"), new Contains($"needle{i}")), new Filter.Not(new Filter.Term(new Field("Image"), new Suffix($"\\tool{i}.exe")))])))]);
        var matcher = new RuleMatcher(set, TimeProvider.System);
        var matches = new List<RuleMatch>();
        long least = long.MaxValue;
        for (var round = 0; round < 20; round++)
        {
            using var batch = Some.Batch([.. Enumerable.Range(0, 1_000).Select(i => $$"""{"Channel":"Security","EventID":1,"Image":"C:\\a{{i % 7}}.exe","CommandLine":"a command {{round}} with its {{i}} arguments"}""")]);
            var before = GC.GetAllocatedBytesForCurrentThread();
            matcher.Match(batch, matches);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        Assert.Empty(matches);
        // Once its memory has grown to what it needs, a batch takes a few objects for its columns' names, not for its events.
        Assert.InRange(least, 0, 1_000);
    }

    [Fact]
    public void A_rule_that_fails_again_and_again_is_set_aside_and_the_others_go_on()
    {
        var source = new LogSource(null, null, null);
        var set = new RuleSet(
        [
            new Rule("bad", "fails", RuleLevel.Low, source, new Filter.Term(new Field("a"), new Failing())),
            new Rule("good", "holds", RuleLevel.Low, source, new Filter.Term(new Field("a"), new EqualTo("x"))),
        ]);
        var told = new List<(string, string)>();
        var matcher = new RuleMatcher(set, TimeProvider.System, setAside: (rule, why) => told.Add((rule.Id, why)));
        using var batch = Some.Batch([.. Enumerable.Repeat("""{"a":"x"}""", 10)]);
        Assert.Equal(Enumerable.Range(0, 10).Select(row => (row, 1)), PlainRules.ByMatcher(matcher, batch));
        Assert.Equal([("bad", "no more")], told);
        Assert.Equal((3, 3, true), (matcher.CostAt(0).Faults, matcher.CostAt(0).Candidates, matcher.CostAt(0).IsSetAside));
        Assert.Equal((0, 10), (matcher.CostAt(1).Faults, matcher.CostAt(1).Matches));
    }

    [Fact]
    public void A_rule_that_takes_too_long_again_and_again_is_set_aside()
    {
        var time = new ManualTime(Some.Time);
        var set = new RuleSet([new Rule("slow", "slow", RuleLevel.Low, new LogSource(null, null, null), new Filter.Term(new Field("a"), new Slow(time)))]);
        var told = new List<string>();
        var matcher = new RuleMatcher(set, time, setAside: (_, why) => told.Add(why));
        using var batch = Some.Batch([.. Enumerable.Repeat("""{"a":"x"}""", 10)]);
        PlainRules.ByMatcher(matcher, batch);
        Assert.Equal(["it took longer than 50 ms for an event"], told);
        Assert.Equal(3, matcher.CostAt(0).Candidates);
    }

    private static LogSource RandomSource(Random random) => new(
        random.Next(3) switch { 0 => null, 1 => "linux", _ => "windows" }, random.Next(3) == 0 ? "security" : null, random.Next(5) == 0 ? "process_creation" : null);

    private static Filter RandomFilter(Random random, RandomFilters filters) => random.Next(4) switch
    {
        0 => new Filter.And([new Filter.Term(new Field("EventID"), new EqualTo(random.Next(2) == 0 ? "4688" : "4625")), filters.Next()]),
        1 => new Filter.Term(new Field("note"), new Wildcards(Pattern(random), random.Next(2) == 0)),
        2 => new Filter.Or([new Filter.Not(new Filter.Term(new Field("Channel"), new EqualTo("system"))), filters.Next(1)]),
        _ => filters.Next(),
    };

    private static Wildcards.Part[] Pattern(Random random) =>
        [.. Enumerable.Range(0, random.Next(1, 6)).Select(_ => random.Next(3) switch { 0 => new Wildcards.Part(null, '*'), 1 => new Wildcards.Part(null, '?'), _ => new Wildcards.Part(((string[])["e", "T", "im", "ä", "テ", "out", "0"])[random.Next(7)]) })];

    private static string WithSource(Random random, string json)
    {
        var source = random.Next(4) switch
        {
            0 => "",
            1 => $"\"Channel\":\"System\",\"EventID\":{random.Next(1, 4).ToString(CultureInfo.InvariantCulture)}",
            _ => $"\"Channel\":\"Security\",\"EventID\":{((string[])["4688", "\"4625\"", "4634", "[4688]"])[random.Next(4)]}",
        };
        return source.Length == 0 ? json : json.Length == 2 ? $"{{{source}}}" : $"{{{source},{json[1..]}";
    }

    private sealed record Failing : Operator
    {
        public override bool MatchesScalar(Value value) => throw new InvalidOperationException("no more");

        public override string Print(BareText bare) => "fails";
    }

    private sealed record Slow(ManualTime Time) : Operator
    {
        public override bool MatchesScalar(Value value)
        {
            Time.Advance(TimeSpan.FromMilliseconds(60));
            return true;
        }

        public override string Print(BareText bare) => "slow";
    }
}
