using Picket.Detection.Rules;
using Picket.Testing;

namespace Picket.Detection.Tests.Sigma;

/// <summary>The rules that people have.</summary>
public sealed class SigmaHqTests
{
    [Fact]
    public void Every_published_rule_is_taken_but_those_that_need_a_list()
    {
        var read = RuleFiles.Read(Folders());
        var (rules, refused) = (read.Rules, read.Refused);
        Assert.All(refused, one => Assert.Contains("stands for a list", one.Reason, StringComparison.Ordinal));
        Assert.Equal((3_752, 2), (rules.Count, refused.Count));
        Assert.Equal(rules.Count, rules.Select(rule => rule.Id).Distinct().Count());
    }

    internal static string[] Folders()
    {
        var root = SharedData.Find("sigma");
        Assert.SkipWhen(root is null, "The recorded Sigma data is not beside this checkout.");
        return [Path.Combine(root, "rules"), Path.Combine(root, "rules-emerging-threats"), Path.Combine(root, "rules-threat-hunting")];
    }
}
