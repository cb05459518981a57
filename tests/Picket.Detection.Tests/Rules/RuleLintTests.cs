using Picket.Detection.Linting;
using Picket.Detection.Rules;

namespace Picket.Detection.Tests.Rules;

public sealed class RuleLintTests
{
    private const string Head = "title: t\nid: t\ntags: [attack.t1000]\nlogsource: {product: windows}\ndetection:\n";

    [Theory]
    [InlineData("  a: {CommandLine: x}\n  condition: a", null)]
    [InlineData("  a: {commandLine|contains: x}\n  condition: a", "6:7: commandLine is hardly asked for by any rule; did you mean CommandLine?")]
    [InlineData("  a:\n    - {TargetFlename: x}\n  condition: a", "7:8: TargetFlename is hardly asked for by any rule; did you mean TargetFilename?")]
    [InlineData("  a: {OurOwnField: x}\n  condition: a", null)]
    [InlineData("  a: [mimikatz]\n  condition: a", null)]
    [InlineData("  a: {CommandLine|re: 'a.*|b'}\n  condition: a", "6:23: no text must stand in what this expression finds")]
    [InlineData("  a: {CommandLine|re: 'word(?=x)'}\n  condition: a", "6:23: this expression can only be found by going back")]
    [InlineData("  a: {CommandLine|re: '(?i)word[0-9]+'}\n  condition: a", null)]
    [InlineData("  a: {CommandLine: x}\n  b: {User: y}\n  condition: a", "7:3: the condition does not use b")]
    [InlineData("  a: {CommandLine: x}\n  b: {User: y}\n  condition: a and b and not 1 of *", "8:14: this never holds")]
    [InlineData("  a: {CommandLine: x}\n  condition: a or not a", "7:14: this always holds")]
    [InlineData("  a: {CommandLine: x}\n  condition: not a", "6:3: nothing must be there for this to hold")]
    public void What_is_probably_not_meant_is_told_with_its_place(string detection, string? told)
    {
        var findings = RuleLint.Check(RuleFiles.Read([("r.yml", Head + detection)]).Documents).Select(finding => finding.ToString()).ToArray();
        if (told is null)
        {
            Assert.Empty(findings);
        }
        else
        {
            Assert.Contains(findings, finding => finding.Contains($"r.yml:{told}", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Places_are_those_of_the_file_in_its_second_document_too_and_rules_of_queries_are_looked_at()
    {
        var read = RuleFiles.Read([("r.yml", "title: a\nid: a\ntags: [cve.2026-1]\nquery: message:~\"a*\"\n---\ntitle: b\nid: b\nquery: -level:error\n")]);
        Assert.Equal(["r.yml:4:8", "r.yml:6:1", "r.yml:8:8"], RuleLint.Check(read.Documents).Select(finding => $"{finding.File}:{finding.Line}:{finding.Column}"));
    }
}
