using Picket.Detection.Linting;
using Picket.Detection.Rules;
using Picket.Detection.Testing;
using Picket.Testing;

namespace Picket.Detection.Tests.Rules;

public sealed class BuiltInPackTests
{
    private static string Folder => Path.Combine(SharedData.Repository, "rules");

    [Fact]
    public void Every_rule_can_be_run_and_nothing_is_to_be_said_of_it()
    {
        Assert.Empty(BuiltInPack.Rules.Refused);
        Assert.Empty(BuiltInPack.Rules.Warnings);
        Assert.Empty(RuleLint.Check(BuiltInPack.Rules.Documents));
        Assert.All(BuiltInPack.Rules.Rules, rule => Assert.True(rule.Description?.Length > 40, rule.Id));
    }

    [Fact]
    public void Every_rule_matches_the_events_it_must_and_none_that_it_must_not()
    {
        var expectations = Directory.EnumerateFiles(Folder, "*" + RuleFiles.ExpectationSuffix, SearchOption.AllDirectories)
            .SelectMany(file => Expectation.Read(file, File.ReadAllText(file), finding => Assert.Fail(finding.ToString()))).ToLookup(one => one.RuleId);
        foreach (var rule in BuiltInPack.Rules.Rules)
        {
            Assert.Contains(expectations[rule.Id], one => one.MustMatch);
            Assert.Contains(expectations[rule.Id], one => !one.MustMatch);
            // What counts events is tried with enough of them and with too few.
            Assert.Equal(rule.Window is { IsOfEachEvent: false }, expectations[rule.Id].Any(one => one is { IsOfAlert: true, MustMatch: false }) && expectations[rule.Id].Any(one => one is { IsOfAlert: true, MustMatch: true }));
            Assert.All(expectations[rule.Id], one => Assert.Null(one.Check(rule, rule.Correlation is null ? null : BuiltInPack.Rules.Rules)));
        }
        Assert.Equal(BuiltInPack.Rules.Rules.Select(rule => rule.Id).Order(), expectations.Select(of => of.Key).Order());
    }

    [Fact]
    public void The_list_of_rules_is_that_of_the_program() => Assert.Equal(
        BuiltInPack.Rules.Rules.Select(rule => $"| `{rule.Id}` | {rule.Level.ToSeverity()} | {rule.Title} |"),
        File.ReadAllLines(Path.Combine(Folder, "README.md")).Where(line => line.StartsWith("| `", StringComparison.Ordinal)));
}
