using Picket.Detection.Rules;

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
        { Head + "  a: {b|expand: '%hosts%'}\n  condition: a", "4:17: %hosts% stands for a list that is not here" },
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
}
