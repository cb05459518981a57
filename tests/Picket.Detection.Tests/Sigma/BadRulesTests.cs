using System.Text;
using Picket.Detection.Matching;
using Picket.Detection.Rules;
using Picket.Detection.Tests.Matching;
using Picket.Events.Parsing;
using Picket.Testing;

namespace Picket.Detection.Tests.Sigma;

/// <summary>What is no rule is refused with its place and the reason, and takes neither time nor memory.</summary>
public sealed class BadRulesTests
{
    private const string Head = "title: t\nlogsource: {product: windows}\ndetection:\n";

    public static TheoryData<string, string> Bad => new()
    {
        { "a: &a [x]\nb: *a", "2:4: anchors are not followed" },
        { "a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]", "2:8: anchors are not followed" },
        { "a: [", "this is no YAML" },
        { "just a text", "1:1: a rule was expected" },
        { "title: a\ntitle: b", "2:1: title stands here twice" },
        { new string('[', 1_000), "nest more than 64 deep" },
        { "a: [" + string.Concat(Enumerable.Repeat("x,", 300_000)) + "]", "more than 200,000 parts" },
        { new string('#', 10_000_000), "at most 4,194,304 characters" },
        { "title: t\nlogsource: {product: windows}", "the rule has no detection" },
        { "title: t\ndetection: {a: {b: c}, condition: a}", "the rule has no logsource" },
        { Head + "  a: {b: c}", "the detection has no condition" },
        { Head + "  a: {b: c}\n  condition: b", "5:14: the condition \"b\": the detection has no part b" },
        { Head + "  sel: {b: c}\n  condition: sle", "did you mean sel?" },
        { Head + "  a: {b: c}\n  condition: a and", "it ends where a part" },
        { Head + "  a: {b: c}\n  condition: (a", "a ) is missing" },
        { Head + "  a: {b: c}\n  condition: a b", "and, or or the end was expected before b" },
        { Head + "  a: {b: c}\n  condition: a | count() > 5", "write a correlation instead" },
        { Head + "  a: {b: c}\n  condition: 1 of x*", "no part of the detection is named x*" },
        { Head + "  a: {b: c}\n  condition: " + new string('(', 1_000) + "a" + new string(')', 1_000), "nests at most 200 deep" },
        { Head + "  a: {b: c}\n  condition: " + string.Concat(Enumerable.Repeat("not ", 1_000)) + "a", "nests at most 200 deep" },
        { Head + "  a: {b|contians: c}\n  condition: a", "4:7: there is no modifier contians; did you mean contains?" },
        { Head + "  a: {b|expand: '%hosts%'}\n  condition: a", "4:17: hosts stands for a list that is not here" },
        { Head + "  a: {b|cidr: 10.0.0.0/99}\n  condition: a", "is no network" },
        { Head + "  a: {b|gt: many}\n  condition: a", "a number was expected, not many" },
        { Head + "  a: {b|exists: maybe}\n  condition: a", "true or false was expected" },
        { Head + "  a: {b|re: '(x'}\n  condition: a", "cannot be read" },
        { Head + "  a: {b|base64: 'x*'}\n  condition: a", "wildcards mean nothing" },
        { Head + "  a: {b: []}\n  condition: a", "b has no values" },
        { Head + "  a: {}\n  condition: a", "there is nothing to look for" },
        { Head + "  a: {b|windash|contains: '" + string.Concat(Enumerable.Repeat(" -a", 30)) + "'}\n  condition: a", "more than 100,000 values" },
        { Head + "  a: {b: c}\n  condition: a\nlevel: dreadful", "a level is one of" },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void It_is_refused_with_its_place_and_the_reason(string text, string reason)
    {
        var read = RuleFiles.Read([("file.yml", text)]);
        var (rules, refused) = (read.Rules, read.Refused);
        Assert.Empty(rules);
        Assert.Contains(reason, Assert.Single(refused).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_bad_rule_leaves_the_others_of_its_file_standing()
    {
        var read = RuleFiles.Read([("file.yml", Head + "  a: {b: c}\n  condition: a\n---\n" + Head + "  a: {b: c}\n  condition: z\n---\n" + Head + "  a: {b: c}\n  condition: not a")]);
        var (rules, refused) = (read.Rules, read.Refused);
        Assert.Equal((2, 11), (rules.Count, Assert.Single(refused).Line));
    }

    [Fact]
    public void Rules_past_the_bound_are_refused_in_one_sentence()
    {
        const int many = Limits.Rules + 5;
        var read = RuleFiles.Read([.. Enumerable.Range(0, many / 1_000 + 1).Select(file => ($"{file}.yml", string.Join("---\n", Enumerable.Range(file * 1_000, Math.Min(1_000, many - (file * 1_000))).Select(i => $"title: t\nid: r{i}\nquery: a{i}\n"))))]);
        Assert.Equal(Limits.Rules, read.Rules.Count);
        Assert.Equal("this rule and the 4 behind it are past the 100,000 that are taken together", Assert.Single(read.Refused).Reason);
    }

    [Fact]
    public void Rules_with_the_same_id_are_told_of()
    {
        var read = RuleFiles.Read([("a.yml", "title: a\nid: same\nquery: x\n"), ("b.yml", "title: b\nid: same\nquery: y\n")]);
        Assert.Equal("b.yml:1:1: a.yml, line 1, has the id same too; a server takes only one of them", Assert.Single(read.Warnings).ToString());
    }

    [Fact]
    public void A_value_of_a_mebibyte_is_looked_at_whole_by_all_rules()
    {
        var set = new RuleSet(RuleFiles.Read(SigmaHqTests.Folders()).Rules);
        using var parser = new EventParser(new ParseLimits { ValueBytes = 2 * 1024 * 1024, EventBytes = 4 * 1024 * 1024 });
        foreach (var field in (string[])["CommandLine", "ScriptBlockText", "message", "TargetObject"])
        {
            Assert.True(parser.TryParse(Encoding.UTF8.GetBytes($"{{\"Channel\":\"Microsoft-Windows-Sysmon/Operational\",\"EventID\":1,\"{field}\":\"{new string('a', 1024 * 1024)}Ä powershell -enc\"}}"), 0));
        }
        using var batch = parser.Into.Seal();
        var matcher = new RuleMatcher(set, TimeProvider.System);
        Assert.Equal(PlainRules.Match(set, batch), PlainRules.ByMatcher(matcher, batch));
    }

    [Fact]
    public void An_expression_that_goes_back_without_end_gives_up_and_is_set_aside()
    {
        var rule = RuleFiles.Read([("f.yml", Head + "  a:\n    CommandLine|re: '^(a+)+$(?<!b)'\n  condition: a")]).Rules[0];
        var told = new List<string>();
        var matcher = new RuleMatcher(new RuleSet([rule]), TimeProvider.System, setAside: (_, why) => told.Add(why));
        using var batch = Some.Batch([.. Enumerable.Repeat($"{{\"CommandLine\":\"{new string('a', 5_000)}!\"}}", 5)]);
        Assert.Empty(PlainRules.ByMatcher(matcher, batch));
        Assert.Single(told);
        Assert.Equal((3, true), (matcher.CostAt(0).Candidates, matcher.CostAt(0).IsSetAside));
    }
}
