using Picket.Detection.Explaining;
using Picket.Detection.Rules;
using Picket.Detection.Tests.Matching;
using Picket.Testing;

namespace Picket.Detection.Tests.Rules;

public sealed class ReasonTests
{
    [Fact]
    public void A_reason_holds_where_the_rule_matches() => Property.Holds(300, random =>
    {
        var filters = new RandomFilters(random, ofRules: true);
        var rule = new Rule("r", "r", RuleLevel.Low, new LogSource(random.Next(2) == 0 ? "windows" : null, null, null), filters.Next());
        using var batch = Some.Batch([.. Enumerable.Range(0, 20).Select(_ => new RandomEvents(random).Next()), """{"Channel":"Security","EventID":4688,"message":"timeout"}"""]);
        var matched = PlainRules.Match(new Detection.Matching.RuleSet([rule]), batch).Select(hit => hit.Row).ToHashSet();
        for (var row = 0; row < batch.Count; row++)
        {
            Assert.Equal(matched.Contains(row), Reason.Of(rule, batch[row]).Holds);
        }
    });

    [Fact]
    public void A_reason_tells_what_the_event_has()
    {
        var rule = RuleFiles.Read([("r.yml", "title: r\nid: r\nlogsource: {product: windows, category: process_creation}\ndetection:\n  a: {Image|endswith: x.exe, User: null}\n  b: {g|fieldref: h}\n  condition: a and not b\n")]).Rules[0];
        using var batch = Some.Batch("""{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":3,"Image":"C:\\x.exe","g":1,"h":2}""", """{"Channel":"Security","EventID":4688,"NewProcessName":"C:\\x.exe"}""");
        var reason = Reason.Of(rule, batch[0]);
        Assert.False(reason.Holds);
        Assert.Equal((false, "written for events of windows/process_creation", "the event is of windows/sysmon/network_connection"), (reason.Parts[0].Holds, reason.Parts[0].Text, reason.Parts[0].Found));
        Assert.True(reason.Parts[1].Holds);
        // What Security calls otherwise is asked for as it calls it.
        Assert.True(Reason.Of(rule, batch[1]).Holds);
        Assert.Contains("NewProcessName", Reason.Of(rule, batch[1]).Parts[1].Parts[0].Parts[0].Text, StringComparison.Ordinal);
    }
}
