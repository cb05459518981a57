using Picket.Detection.Rules;

namespace Picket.Detection.Tests.Rules;

public sealed class OwnRuleTests
{
    [Fact]
    public void A_rule_is_a_title_and_a_query_in_yaml_or_json()
    {
        var yaml = Read("id: a_b-1\ntitle: T\nquery: app:web error\nseverity: critical\ndescription: d\ntags: [x, y]\nlogsource: {product: Linux}\nis_active: false\nauthor: me\n");
        Assert.Equal(("a_b-1", "T", RuleLevel.Critical, new LogSource("linux", null, null), "app:web error", "app:web error", "d", false, false),
            (yaml.Id, yaml.Title, yaml.Level, yaml.LogSource, yaml.Query, yaml.Filter.ToString(), yaml.Description, yaml.IsActive, yaml.IsSigma));
        Assert.Equal(["x", "y"], yaml.Tags);
        var json = Read("{\"name\":\"N\",\"query\":{\"level\":[\"WARNING\",\"error\"],\"http_status\":500},\"level\":\"info\"}");
        Assert.Equal(("file", "N", RuleLevel.Informational, "level:(warn error) http_status:500", true), (json.Id, json.Title, json.Level, json.Filter.ToString(), json.IsActive));
    }

    [Fact]
    public void A_change_takes_the_place_of_what_it_names_and_the_rest_stays()
    {
        const string before = "# a comment\ntitle: T\nquery: 'a: b'\ntags: [x]\nseverity: low\nis_active: true\nlogsource: {product: linux}\n";
        var after = RuleText.Merge(before.Replace("'a: b'", "app:web", StringComparison.Ordinal), "{\"query\":\"app:mail\",\"severity\":null,\"tags\":[\"y\",1]}");
        var rule = Read(after);
        Assert.Equal(("T", "app:mail", RuleLevel.Medium, "linux"), (rule.Title, rule.Query, rule.Level, rule.LogSource.Product));
        Assert.Equal(["y", "1"], rule.Tags);
        Assert.Equal(["title", "is_active", "logsource", "query", "tags"], RuleText.Members(after));
        Assert.Throws<FormatException>(() => RuleText.Merge(before, "[1]"));
        Assert.Throws<FormatException>(() => RuleText.Merge(before, "{"));
    }

    [Theory]
    [InlineData("query: a", "1:1: the rule has no title")]
    [InlineData("title: t\nquery: 'level:'", "2:8: ")]
    [InlineData("title: t\nquery: a | count", "2:8: a rule's query has no pipes")]
    [InlineData("title: t\nquery: last:1h a", "2:8: a rule's query has no time")]
    [InlineData("title: t\nquery: [a]", "2:8: a query was expected")]
    [InlineData("title: t\nquery: {}", "2:8: a query was expected")]
    [InlineData("title: t\nquery: {a: {b: c}}", "2:12: a text, a number or a list of them was expected")]
    [InlineData("title: t\nquery: {a: [[b]]}", "2:13: a text or a number was expected")]
    [InlineData("title: t\nquery: a\ntitel: x", "3:1: a rule with a query has no titel; did you mean title?")]
    [InlineData("title: t\nquery: a\ngroup_by: {a: b}", "3:11: the name of a field was expected, or a list of names")]
    [InlineData("title: t\nquery: a\ngroup_by: [a, '']", "3:11: a field's name was expected, and it is empty")]
    [InlineData("title: t\nquery: a\ngroup_by: [a, b, c, d, e, f, g, h, i]", "3:11: at most 8 fields")]
    [InlineData("title: t\nquery: a\ngroup_by: event\nthreshold: 2", "3:11: grouped by event, each event is an alert of its own")]
    [InlineData("title: t\nquery: a\nthreshold: 0", "3:12: a whole number from 1 to 10,000 was expected")]
    [InlineData("title: t\nquery: a\nthreshold: many", "3:12: a whole number from 1 to 10,000 was expected")]
    [InlineData("title: t\nquery: a\nwindow_seconds: 604801", "3:17: a whole number from 1 to 604,800 was expected")]
    [InlineData("title: t\nquery: a\ndistinct: a\nsum: b", "4:6: a rule has distinct")]
    [InlineData("title: t\nquery: a\ndistinct: []", "3:11: the name of a field was expected")]
    [InlineData("title: t\nquery: a\nsum: b", "3:6: a rule with sum needs a threshold")]
    [InlineData("title: t\nquery: a\nis_active: perhaps", "3:12: is_active is true or false")]
    [InlineData("title: t\nquery: a\nid: a b", "3:5: an id has letters, digits, - and _")]
    [InlineData("title: [t]\nquery: a", "1:8: title must be a text")]
    [InlineData("title: t\nquery: a\nseverity: [high]", "3:11: a level is one of")]
    public void What_is_no_rule_is_refused_with_its_place(string text, string reason) =>
        Assert.StartsWith($"file.yml:{reason}", Assert.Single(RuleFiles.Read([("file.yml", text)]).Refused).ToString(), StringComparison.Ordinal);

    private static Rule Read(string text)
    {
        var read = RuleFiles.Read([("file.yml", text)]);
        Assert.Empty(read.Refused);
        return Assert.Single(read.Rules);
    }
}
