using System.Text;
using Picket.Detection.Alerts;
using Picket.Detection.Matching;
using Picket.Detection.Rules;
using Picket.Events.Batches;
using Picket.Events.Parsing;
using Picket.Testing;

namespace Picket.Detection.Tests.Sigma;

/// <summary>Sigma's correlations as the specification (2.1, Sigma Correlation Rules) has them; the sentences in quotation are what a case is of.</summary>
public sealed class SigmaCorrelationTests
{
    private const string Bases = """
        title: a
        name: rule_a
        id: 11111111-1111-4111-8111-111111111111
        logsource: {product: p}
        detection: {s: {k: a}, condition: s}
        ---
        title: b
        name: rule_b
        logsource: {product: p}
        detection: {s: {k|contains: b}, condition: s}
        ---
        title: c
        name: rule_c
        logsource: {product: p}
        detection: {s: {k|contains: c}, condition: s}
        """;

    [Theory]
    // event_count: "counts events"; at least, within the timespan, both ends included; by group.
    [InlineData("type: event_count, rules: [rule_a], group-by: [g], timespan: 10s, condition: {gte: 3}", "0a 5a 10a", "c:x 3")]
    [InlineData("type: event_count, rules: [rule_a], group-by: [g], timespan: 10s, condition: {gte: 3}", "0a 5a 11a", "")]
    [InlineData("type: event_count, rules: [rule_a], group-by: [g], timespan: 10s, condition: {gt: 2}", "0a 5a 5a/y 10a", "c:x 3")]
    [InlineData("type: event_count, rules: 11111111-1111-4111-8111-111111111111, timespan: 10s, condition: {gte: 3}", "0a 5a/y 10a/z", "c: 3")]
    // Several rules: the events of all.
    [InlineData("type: event_count, rules: [rule_a, rule_b], group-by: [g], timespan: 10s, condition: {gte: 3}", "0a 5b 10a", "c:x 3")]
    // One event of two rules is one event.
    [InlineData("type: event_count, rules: [rule_b, rule_c], group-by: [g], timespan: 10s, condition: {gte: 2}", "0bc", "")]
    [InlineData("type: event_count, rules: [rule_a], group-by: [g], timespan: 10s, condition: {eq: 2}", "0a 1a 2a 30a 31a", "c:x 5")]
    [InlineData("type: event_count, rules: [rule_a], group-by: [g], timespan: 10s, condition: {gte: 2, lt: 3}", "0a 0a 0a", "")]
    [InlineData("type: event_count, rules: [rule_a], group-by: [g], timespan: 10s, condition: {lte: 1}", "0a 20a", "c:x 2")]
    [InlineData("type: event_count, rules: [rule_a], group-by: [g], timespan: 10s, condition: {neq: 1}", "0a 20a", "")]
    // value_count: "counts values in a field", distinct ones, without regard to case.
    [InlineData("type: value_count, rules: [rule_a], group-by: [g], timespan: 10s, condition: {gte: 2, field: v}", "0a/x/one 5a/x/ONE", "")]
    [InlineData("type: value_count, rules: [rule_a], group-by: [g], timespan: 10s, condition: {gte: 2, field: v}", "0a/x/one 5a/x/two 6a/x", "c:x 2")]
    [InlineData("type: value_count, rules: [rule_a], group-by: [g], timespan: 10s, condition: {gte: 2, field: [v, k]}", "0a/x/one 5a/x/two", "c:x 2")]
    [InlineData("type: value_sum, rules: [rule_a], group-by: [g], timespan: 10s, condition: {gt: 10, field: v}", "0a/x/4 5a/x/6 6a/x/0.5 7a/x/many", "c:x 3")]
    [InlineData("type: value_avg, rules: [rule_a], group-by: [g], timespan: 10s, condition: {gt: 5, field: v}", "0a/x/4 5a/x/8", "c:x 2")]
    [InlineData("type: value_avg, rules: [rule_a], group-by: [g], timespan: 10s, condition: {gt: 6, field: v}", "0a/x/4 5a/x/8", "")]
    [InlineData("type: value_median, rules: [rule_a], group-by: [g], timespan: 10s, condition: {eq: 2.5, field: v}", "0a/x/1 1a/x/2 2a/x/3 3a/x/4", "c:x 4")]
    [InlineData("type: value_percentile, rules: [rule_a], group-by: [g], timespan: 10s, condition: {gte: 3.7, field: v, percentile: 90}", "0a/x/1 1a/x/2 2a/x/3 3a/x/4", "c:x 4")]
    // temporal: "all events defined by the rules … occur in the time frame", in any order.
    [InlineData("type: temporal, rules: [rule_a, rule_b, rule_c], group-by: [g], timespan: 10s", "0c 5a 10b", "c:x 3")]
    [InlineData("type: temporal, rules: [rule_a, rule_b, rule_c], group-by: [g], timespan: 10s", "0c 5a 11b", "")]
    [InlineData("type: temporal, rules: [rule_b, rule_c], group-by: [g], timespan: 10s", "0bc", "c:x 1")]
    // A condition over the rules of a temporal one.
    [InlineData("type: temporal, rules: [rule_a, rule_b, rule_c], group-by: [g], timespan: 10s, condition: rule_a and (rule_b or rule_c)", "0c 10a", "c:x 2")]
    [InlineData("type: temporal, rules: [rule_a, rule_b, rule_c], group-by: [g], timespan: 10s, condition: rule_a and (rule_b or rule_c)", "0c 10b", "")]
    [InlineData("type: temporal, rules: [rule_a, rule_b], group-by: [g], timespan: 10s, condition: rule_b and not rule_a", "0a 10b", "")]
    [InlineData("type: temporal, rules: [rule_a, rule_b], group-by: [g], timespan: 10s, condition: rule_b and not rule_a", "0a 11b", "c:x 1")]
    [InlineData("type: temporal, rules: [rule_a, rule_b, rule_c], group-by: [g], timespan: 10s, condition: all of them", "0c 5a 10b", "c:x 3")]
    // temporal_ordered: "in the order of the rules"; events of their own.
    [InlineData("type: temporal_ordered, rules: [rule_a, rule_b, rule_c], group-by: [g], timespan: 10s", "0a 5b 10c", "c:x 3")]
    [InlineData("type: temporal_ordered, rules: [rule_a, rule_b, rule_c], group-by: [g], timespan: 10s", "0a 5c 10b", "")]
    [InlineData("type: temporal_ordered, rules: [rule_b, rule_c], group-by: [g], timespan: 10s", "0bc", "")]
    [InlineData("type: temporal_ordered, rules: [rule_b, rule_c], group-by: [g], timespan: 10s", "0c 0b", "c:x 2")]
    [InlineData("type: temporal_ordered, rules: [rule_c, rule_b], group-by: [g], timespan: 10s", "0bc 0b", "c:x 2")]
    // aliases: "field name aliases"; each rule's own field.
    [InlineData("type: temporal, rules: [rule_a, rule_b], aliases: {who: {rule_a: g, rule_b: v}}, group-by: [who], timespan: 10s", "0a/x/y 5b/y/X", "c:x 2")]
    // generate: "the rules referred to … alert too".
    [InlineData("type: event_count, rules: [rule_a], group-by: [g], timespan: 10s, condition: {gte: 9}, generate: true", "0a 5a", "11111111-1111-4111-8111-111111111111: 2")]
    public async Task Correlations_mean_what_the_specification_says(string correlation, string events, string alerts)
    {
        var files = RuleFiles.Read([("bases.yml", Bases), ("c.yml", $"title: c\nid: c\ncorrelation: {{{correlation}}}\n")]).Resolved(mayBeElsewhere: false);
        Assert.Empty(files.Refused);
        var given = events.Split(' ').Select(Event).ToArray();
        foreach (var order in new[] { given, [.. given.Reverse()] })
        {
            Assert.Equal(alerts, string.Join(' ', (await AlertsAsync(files.Rules, order)).Where(alert => !alert.Fingerprint.StartsWith("bases", StringComparison.Ordinal)).Select(alert => $"{alert.Fingerprint} {alert.Count}").Order()));
        }
    }

    /// <summary>"Refers to one or multiple Sigma or Correlations rules": a correlation sees one event of an episode of another, at which that begins to hold, with its fields.</summary>
    [Theory]
    // Many tries, then one that worked.
    [InlineData("type: temporal_ordered, rules: [many, rule_b], group-by: [g], timespan: 20s", "0a 1a 2a 9b", "p:x 2")]
    [InlineData("type: temporal_ordered, rules: [many, rule_b], group-by: [g], timespan: 20s", "0a 1a 9b", "")]
    [InlineData("type: temporal_ordered, rules: [many, rule_b], group-by: [g], timespan: 20s", "0b 1a 2a 3a", "")]
    [InlineData("type: temporal_ordered, rules: [many, rule_b], group-by: [g], timespan: 20s", "0a 1a 2a 23b", "")]
    // An episode counts once, however long it lasts; a pause longer than its window begins another.
    [InlineData("type: event_count, rules: [many], group-by: [g], timespan: 50s, condition: {gte: 2}", "0a 1a 2a 3a 9a 12a", "")]
    [InlineData("type: event_count, rules: [many], group-by: [g], timespan: 50s, condition: {gte: 2}", "0a 1a 2a 13a 14a 15a", "p:x 2")]
    [InlineData("type: event_count, rules: [many], group-by: [g], timespan: 50s, condition: {gte: 2}", "0a 1a 2a 10a 11a 12a", "")]
    // The values of that event.
    [InlineData("type: value_count, rules: [many], timespan: 50s, condition: {field: g, gte: 2}", "0a 1a 2a 3a/y 4a/y 5a/y", "p: 2")]
    // Names the correlation below groups by stand for what they stand for there; those of an alias, for it.
    [InlineData("type: event_count, rules: [named], group-by: [who], timespan: 50s, condition: {gte: 1}", "0a/x/u 1b/u", "p:u 1")]
    [InlineData("type: event_count, rules: [named], aliases: {me: {named: who}}, group-by: [me], timespan: 50s, condition: {gte: 1}", "0a/x/u 1b/u", "p:u 1")]
    // One in this product's own way, with a window of its own, is the same.
    [InlineData("type: temporal_ordered, rules: [own, rule_b], group-by: [g], timespan: 20s", "0a 1a 2a 9b", "p:x 2")]
    [InlineData("type: temporal_ordered, rules: [own, rule_b], group-by: [g], timespan: 20s", "0a 1a 9b", "")]
    [InlineData("type: event_count, rules: [own], group-by: [g], timespan: 50s, condition: {gte: 2}", "0a 1a 2a 3a 9a 12a", "")]
    // Three deep.
    [InlineData("type: temporal, rules: [twice, rule_c], group-by: [g], timespan: 59s", "0a 1a 2a 13a 14a 15a 20c", "p:x 2")]
    [InlineData("type: temporal, rules: [twice, rule_c], group-by: [g], timespan: 59s", "0a 1a 2a 20c", "")]
    // generate: those below alert too; what they are of stays silent.
    [InlineData("type: event_count, rules: [many], group-by: [g], timespan: 50s, condition: {gte: 2}, generate: true", "0a 1a 2a 3a", "many:x 4")]
    public async Task Correlations_of_correlations_see_their_episodes(string correlation, string events, string alerts)
    {
        const string below = """
            title: many
            id: many
            correlation: {type: event_count, rules: [rule_a], group-by: [g], timespan: 10s, condition: {gte: 3}}
            ---
            title: own
            id: own
            query: k:a
            group_by: g
            threshold: 3
            window_seconds: 10
            ---
            title: named
            id: named
            correlation: {type: temporal, rules: [rule_a, rule_b], aliases: {who: {rule_a: v, rule_b: g}}, group-by: [who], timespan: 10s}
            """;
        const string deeper = "title: twice\nid: twice\ncorrelation: {type: event_count, rules: [many], group-by: [g], timespan: 50s, condition: {gte: 2}}\n";
        var files = RuleFiles.Read([("bases.yml", Bases), ("below.yml", below), ("deeper.yml", correlation.Contains("[twice", StringComparison.Ordinal) ? deeper : ""), ("p.yml", $"title: p\nid: p\ncorrelation: {{{correlation}}}\n")]).Resolved(mayBeElsewhere: false);
        Assert.Empty(files.Refused);
        var given = events.Split(' ').Select(Event).ToArray();
        foreach (var order in new[] { given, [.. given.Reverse()] })
        {
            Assert.Equal(alerts, string.Join(' ', (await AlertsAsync(files.Rules, order)).Where(alert => alert.Rule.Id == "p" || (alert.Rule.Id == "many" && alerts.Contains("many", StringComparison.Ordinal))).Select(alert => $"{alert.Fingerprint} {alert.Count}").Order()));
        }
    }

    [Theory]
    [InlineData("{rules: [a], timespan: 5m}", "the correlation has no type")]
    [InlineData("{type: guess, rules: [a], timespan: 5m}", "the type of a correlation is one of")]
    [InlineData("{type: event_count, timespan: 5m, condition: {gte: 1}}", "a correlation names the rules")]
    [InlineData("{type: event_count, rules: [a], condition: {gte: 1}}", "the correlation has no timespan")]
    [InlineData("{type: event_count, rules: [a], timespan: 5, condition: {gte: 1}}", "a timespan is a number and a letter")]
    [InlineData("{type: event_count, rules: [a], timespan: 31d, condition: {gte: 1}}", "a timespan is a number and a letter")]
    [InlineData("{type: event_count, rules: [a], timespan: 5m}", "event_count needs a condition")]
    [InlineData("{type: event_count, rules: [a], timespan: 5m, condition: {over: 1}}", "not over")]
    [InlineData("{type: event_count, rules: [a], timespan: 5m, condition: {field: x}}", "the condition compares with nothing")]
    [InlineData("{type: event_count, rules: [a], timespan: 5m, condition: {gte: many}}", "a number was expected")]
    [InlineData("{type: value_count, rules: [a], timespan: 5m, condition: {gte: 1}}", "value_count needs a field")]
    [InlineData("{type: value_sum, rules: [a], timespan: 5m, condition: {gte: 1, field: [x, y]}}", "value_sum is of one field")]
    [InlineData("{type: value_percentile, rules: [a], timespan: 5m, condition: {gte: 1, field: x}}", "value_percentile needs a percentile")]
    [InlineData("{type: value_percentile, rules: [a], timespan: 5m, condition: {gte: 1, field: x, percentile: 101}}", "a percentile is a number from 0 to 100")]
    [InlineData("{type: temporal, rules: [a, b], timespan: 5m, condition: a and not d}", "the correlation has no rule d")]
    [InlineData("{type: temporal, rules: [a, b], timespan: 5m, condition: not a}", "the condition holds where no rule has an event")]
    [InlineData("{type: temporal, rules: [a, b], timespan: 5m, condition: {gte: 1}}", "the condition of a temporal correlation is a text")]
    [InlineData("{type: temporal_ordered, rules: [a, b], timespan: 5m, condition: a and b}", "temporal_ordered has no condition")]
    [InlineData("{type: temporal, rules: [a, b], timespan: 5m, aliases: {x: y}}", "an alias names a field for each rule")]
    [InlineData("{type: temporal, rules: [a, b], timespan: 5m, generate: maybe}", "generate is true or false")]
    [InlineData("{type: temporal, rules: [a, b], timespan: 5m, group: x}", "a correlation has no group")]
    [InlineData("[a]", "a correlation is a map")]
    public void What_cannot_be_run_exactly_is_refused_with_the_reason(string correlation, string reason) =>
        Assert.Contains(reason, Assert.Single(RuleFiles.Read([("c.yml", $"title: c\ncorrelation: {correlation}\n")]).Refused).Reason, StringComparison.Ordinal);

    [Theory]
    [InlineData("[nowhere]", "there is no rule with the id or name nowhere")]
    [InlineData("[rule_a, c]", "it is of itself: c, which is of c")]
    [InlineData("[d]", "it is of itself: c, which is of d, which is of c")]
    public void Correlations_of_what_is_not_there_or_goes_round_in_a_circle_are_refused(string rules, string reason)
    {
        var other = "title: d\nid: d\ncorrelation: {type: event_count, rules: [c], timespan: 5m, condition: {gte: 1}}\n";
        var files = RuleFiles.Read([("bases.yml", Bases), ("c.yml", $"title: c\nid: c\ncorrelation: {{type: event_count, rules: {rules}, timespan: 5m, condition: {{gte: 1}}}}\n"), ("d.yml", other)]);
        Assert.Contains(files.Resolved(mayBeElsewhere: false).Refused, finding => finding.File == "c.yml" && finding.Reason.StartsWith(reason, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Correlations_that_people_run_fire()
    {
        var folder = SharedData.Find("hayabusa_rules", "correlation");
        Assert.SkipWhen(folder is null, "The correlations are not beside this checkout.");
        var files = RuleFiles.Read([folder]).Resolved(mayBeElsewhere: false);
        Assert.Empty(files.Refused);
        var guesses = Enumerable.Range(0, 4).Select(i => $"{{\"ts\":\"2026-01-20T06:0{i}:00Z\",\"Channel\":\"Security\",\"EventID\":4625,\"SubStatus\":\"0xc0000064\",\"IpAddress\":\"10.0.0.5\",\"LogonType\":3,\"TargetDomainName\":\"D\",\"ProcessName\":\"-\",\"LogonProcessName\":\"NtLmSsp\",\"WorkstationName\":\"W\",\"TargetUserName\":\"user{i}\"}}");
        var sprays = Enumerable.Range(0, 5).Select(i => $"{{\"ts\":\"2026-01-20T07:0{i}:00Z\",\"Channel\":\"Security\",\"EventID\":4648,\"IpAddress\":\"10.0.0.6\",\"Computer\":\"C\",\"TargetUserName\":\"user{i}\"}}");
        var alerts = await AlertsAsync(files.Rules, [.. guesses, .. sprays]);
        Assert.Equal([("PW Spray", 5), ("User Guessing", 4)], alerts.Select(alert => (alert.Rule.Title, (int)alert.Count)).Order());
        Assert.Empty(await AlertsAsync(files.Rules, [.. guesses.Take(3), .. sprays.Take(4)]));
    }

    // "5a/x/one": five seconds on, k is a, g is x (x where nothing is said), v is one.
    private static string Event(string text)
    {
        var parts = text.Split('/');
        var digits = parts[0].TakeWhile(char.IsAsciiDigit).Count();
        return $"{{\"ts\":\"2026-01-20T06:00:{parts[0][..digits].PadLeft(2, '0')}Z\",\"k\":\"{parts[0][digits..]}\",\"g\":\"{parts.ElementAtOrDefault(1) ?? "x"}\"{(parts.Length > 2 ? $",\"v\":\"{parts[2]}\"" : "")}}}";
    }

    private static async Task<IReadOnlyCollection<AlertChange>> AlertsAsync(IReadOnlyList<Rule> rules, string[] events)
    {
        var (set, book) = (new RuleSet(rules), new AlertBook());
        var detector = new Detector(book, isRecorded: true);
        detector.Use(set, new RuleMatcher(set, TimeProvider.System), TimeProvider.System);
        using var parser = new EventParser(new ParseLimits { ClockAhead = Picket.Events.Instant.Max });
        foreach (var one in events)
        {
            Assert.True(parser.TryParse(Encoding.UTF8.GetBytes(one), 0));
        }
        using var batch = parser.Into.Seal();
        ((PackedBatch)batch.Source).AssignSeqs(1);
        await detector.LookAsync(batch, 1, default);
        await detector.EndAsync(default);
        return book.Changes;
    }
}
