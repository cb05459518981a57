using Picket.Detection.Rules;
using Picket.Detection.Testing;

namespace Picket.Detection.Tests.Rules;

public sealed class ExpectationTests
{
    private static readonly Rule Rule = RuleFiles.Read([("r.yml", "title: r\nid: r\nquery: app:web status:404\n")]).Rules[0];

    [Fact]
    public void Events_are_maps_or_texts_with_json_and_their_values_keep_their_kinds()
    {
        var read = Read("rule: r\nmatch:\n  - {app: web, status: 404}\n  - '{\"app\":\"web\",\"status\":\"404\"}'\nno_match:\n  - {app: web, status: 404.0}\n  - {app: web, status: [405, null, true, {x: '404'}]}\n");
        Assert.Equal(["{\"app\":\"web\",\"status\":404}", "{\"app\":\"web\",\"status\":\"404\"}", "{\"app\":\"web\",\"status\":404.0}", "{\"app\":\"web\",\"status\":[405,null,true,{\"x\":\"404\"}]}"], read.Select(one => one.Event));
        Assert.Equal([(3, true), (4, true), (6, false), (7, false)], read.Select(one => (one.Line, one.MustMatch)));
        Assert.Null(read[0].Check(Rule));
        Assert.Null(read[1].Check(Rule));
        Assert.Null(read[2].Check(Rule));
        Assert.Equal("it must not match, and does", read[3].Check(Rule));
        Assert.Equal("it must match, and does not", (read[2] with { MustMatch = true }).Check(Rule));
        Assert.Throws<FormatException>(() => (read[0] with { Event = "no event" }).Check(Rule));
    }

    [Theory]
    [InlineData("match: []", "t.yml:1:1: the rule's id is missing")]
    [InlineData("rule: r", "t.yml:1:1: there is no event")]
    [InlineData("rule: r\nmatches: []", "t.yml:2:1: an expectation has rule, match, no_match, alert and no_alert, but no matches")]
    [InlineData("rule: r\nmatch: {a: b}", "t.yml:2:8: a list of events was expected")]
    [InlineData("- a", "t.yml:1:1: a map was expected")]
    public void What_is_none_is_told_with_its_place(string text, string reason)
    {
        var told = new List<string>();
        Assert.Empty(Expectation.Read("t.yml", text, finding => told.Add(finding.ToString())));
        Assert.Contains(reason, Assert.Single(told), StringComparison.Ordinal);
    }

    private static IReadOnlyList<Expectation> Read(string text) => Expectation.Read("t.yml", text, finding => Assert.Fail(finding.ToString()));
}
