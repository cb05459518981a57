using Picket.Detection.Rules;
using Picket.Testing;

namespace Picket.Detection.Tests.Sigma;

public sealed class SigmaFilterTests
{
    private const string Rule = """
        title: t
        id: one
        name: named
        logsource: {product: windows, category: process_creation}
        detection: {a: {f: x}, condition: a}
        ---
        title: t
        id: two
        logsource: {product: windows, category: image_load}
        detection: {a: {f: x}, condition: a}
        """;

    [Theory]
    [InlineData("[one]", "{product: windows, category: process_creation}", "not selection", "two")]
    [InlineData("[named]", "{product: windows}", "not selection", "two")]
    [InlineData("any", "{product: windows}", "not selection", "")]
    [InlineData("any", "{category: image_load}", "not selection", "one")]
    [InlineData("[one, two]", "{product: linux}", "not selection", "one two")]
    [InlineData("[one]", "{product: windows}", "selection", "one two")]
    public void A_filter_narrows_the_rules_it_names_for_its_log_source(string rules, string source, string condition, string left)
    {
        var filter = $"title: f\nlogsource: {source}\nfilter:\n  rules: {rules}\n  selection: {{u|startswith: adm_}}\n  condition: {condition}";
        // Whichever comes first.
        foreach (var texts in (string[][])[[Rule, filter], [filter, Rule]])
        {
            var all = RuleFiles.Read([.. texts.Select((text, i) => ($"{i}.yml", text))]);
            var (read, refused, warnings) = (all.Rules, all.Refused, all.Warnings);
            Assert.Empty(refused);
            Assert.Equal(condition == "selection" ? 1 : 0, warnings.Count);
            using var batch = Some.Batch("{\"f\":\"x\",\"u\":\"adm_1\"}");
            Assert.Equal(left, string.Join(' ', read.Where(rule => PlainMatch.Holds(rule.Filter, batch[0])).Select(rule => rule.Id)));
        }
    }

    [Fact]
    public void The_specifications_examples_load()
    {
        var examples = SharedData.Find("sigma_specification", "tests", "schema");
        Assert.SkipWhen(examples is null, "The specification's examples are not beside this checkout.");
        var read = RuleFiles.Read((string[])[Path.Combine(examples, "rules"), Path.Combine(examples, "filter")]);
        var (rules, refused) = (read.Rules, read.Refused);
        var warnings = read.Warnings;
        Assert.Empty(refused);
        Assert.Equal((2, 3), (rules.Count, warnings.Count));
    }

    [Theory]
    [InlineData("title: f\nlogsource: {product: windows}\nfilter:\n  selection: {a: b}\n  condition: selection", "a filter names its rules")]
    [InlineData("title: f\nlogsource: {product: windows}\nfilter:\n  rules: []\n  selection: {a: b}\n  condition: selection", "a filter names its rules")]
    [InlineData("title: f\nfilter:\n  rules: any\n  selection: {a: b}\n  condition: selection", "no logsource")]
    public void A_bad_filter_is_refused(string text, string reason) =>
        Assert.Contains(reason, Assert.Single(RuleFiles.Read([("f.yml", text)]).Refused).Reason, StringComparison.Ordinal);
}
