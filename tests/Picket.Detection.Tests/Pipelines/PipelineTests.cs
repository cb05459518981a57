using Picket.Detection.Pipelines;
using Picket.Detection.Rules;
using Picket.Testing;

namespace Picket.Detection.Tests.Pipelines;

public sealed class PipelineTests
{
    private const string Rule = "title: r\nid: r\nlogsource: {product: windows, category: process_creation}\ndetection:\n  a: {Image|endswith: x.exe}\n  b: {CommandLine: null}\n  condition: a and not b\n";

    [Theory]
    [InlineData("type: field_name_mapping\n    mapping: {Image: process.exe, CommandLine: [cmd, args]}", "process.exe:*x.exe (cmd:* or args:*)")]
    [InlineData("type: field_name_prefix_mapping\n    mapping: {Ima: proc., Command: [c., d.]}", "proc.ge:*x.exe (c.Line:* or d.Line:*)")]
    [InlineData("type: field_name_prefix\n    prefix: win.\n    field_name_conditions:\n      - {type: include_fields, fields: [Image]}", "win.Image:*x.exe CommandLine:*")]
    [InlineData("type: field_name_suffix\n    suffix: .text\n    field_name_conditions:\n      - {type: exclude_fields, fields: [Image]}", "Image:*x.exe CommandLine.text:*")]
    [InlineData("type: add_condition\n    conditions: {host|startswith: srv, EventID: [1, 2]}", "(Image:*x.exe CommandLine:*) (host:srv* (EventID:1 or EventID:2))")]
    [InlineData("type: add_condition\n    negated: true\n    conditions: {host: srv}", "(Image:*x.exe CommandLine:*) -host:srv")]
    [InlineData("type: field_name_mapping\n    mapping: {Image: other}\n    rule_conditions:\n      - {type: logsource, product: linux}", "Image:*x.exe CommandLine:*")]
    [InlineData("type: field_name_mapping\n    mapping: {Image: other}\n    rule_cond_op: or\n    rule_conditions:\n      - {type: logsource, product: linux}\n      - {type: contains_field, field: Image}", "other:*x.exe CommandLine:*")]
    [InlineData("type: field_name_mapping\n    mapping: {Image: other}\n    rule_cond_not: true\n    rule_conditions:\n      - {type: tag, tag: attack.t1059}", "other:*x.exe CommandLine:*")]
    public void A_transformation_changes_what_a_rule_asks(string transformation, string asked)
    {
        var files = Pipeline.Apply(RuleFiles.Read([("r.yml", Rule)]), [Pipeline.Read("p.yml", $"name: p\npriority: 5\ntransformations:\n  - id: one\n    {transformation}\n")]);
        // Nothing of null is there, twice over.
        Assert.Equal(asked, Assert.Single(files.Rules).Filter.ToString().Replace("--", "", StringComparison.Ordinal));
    }

    [Fact]
    public void Pipelines_go_by_priority_and_change_filters_and_log_sources_and_refuse()
    {
        var first = Pipeline.Read("a.yml", "priority: 1\ntransformations:\n  - {type: field_name_mapping, mapping: {Image: exe}}\n  - {type: change_logsource, product: linux}");
        var second = Pipeline.Read("b.yml", "priority: 2\ntransformations:\n  - {type: field_name_prefix, prefix: p.}\n  - type: rule_failure\n    message: this is not for us\n    rule_conditions: [{type: contains_field, field: p.never}]");
        const string Filter = "title: f\nid: f\nlogsource: {product: windows}\nfilter:\n  rules: any\n  s: {Image: good}\n  condition: not s\n";
        const string Own = "title: o\nid: o\nquery: Image:x\n";
        const string Never = "title: n\nid: n\nlogsource: {product: windows}\ndetection:\n  a: {never: x}\n  condition: a\n";
        var files = Pipeline.Apply(RuleFiles.Read([("r.yml", Rule), ("f.yml", Filter), ("o.yml", Own), ("n.yml", Never)]), [second, first]);
        Assert.Equal("(p.exe:*x.exe p.CommandLine:*) -p.exe:good", files.Rules[0].Filter.ToString().Replace("--", "", StringComparison.Ordinal));
        Assert.Equal(new LogSource("linux", null, null), files.Rules[0].LogSource);
        Assert.Equal("Image:x", files.Rules[1].Filter.ToString());
        Assert.Equal("n.yml:1:1: this is not for us", Assert.Single(files.Refused).ToString());
    }

    [Theory]
    [InlineData("name: p", "p.yml:1:1: the pipeline has no transformations")]
    [InlineData("nam: p\ntransformations: []", "p.yml:1:1: a pipeline has no nam")]
    [InlineData("transformations:\n  - type: field_name_maping\n    mapping: {a: b}", "p.yml:2:11: there is no transformation field_name_maping; did you mean field_name_mapping?")]
    [InlineData("transformations:\n  - type: set_state", "p.yml:2:11: there is no transformation set_state; there are")]
    [InlineData("transformations:\n  - type: field_name_prefix", "p.yml:2:5: prefix is missing")]
    [InlineData("transformations:\n  - type: field_name_prefix\n    prefix: a\n    odd: b", "p.yml:4:5: a transformation has no odd")]
    [InlineData("transformations:\n  - type: field_name_prefix\n    prefix: a\n    rule_conditions: [{type: odd}]", "p.yml:4:23: there is no condition of rules odd")]
    [InlineData("transformations:\n  - type: field_name_prefix\n    prefix: a\n    rule_cond_op: xor", "p.yml:4:19: and or or was expected")]
    [InlineData("transformations:\n  - type: add_condition\n    conditions: {a|odd: b}", "p.yml:3:18: there is no modifier odd")]
    [InlineData("- a", "p.yml:1:1: a map was expected")]
    public void What_is_no_pipeline_is_refused_with_its_place(string text, string reason) =>
        Assert.Contains(reason, Assert.Throws<FormatException>(() => Pipeline.Read("p.yml", text)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_renamed_field_is_found_under_any_of_its_names()
    {
        var pipeline = Pipeline.Read("p.yml", "transformations:\n  - {type: field_name_mapping, mapping: {Image: [exe, process]}}");
        var rules = Pipeline.Apply(RuleFiles.Read([("r.yml", "title: r\nlogsource: {product: linux}\ndetection:\n  a: {Image|endswith: /sh}\n  condition: a\n")]), [pipeline]).Rules;
        using var batch = Some.Batch("""{"exe":"/bin/sh"}""", """{"process":"/bin/sh"}""", """{"Image":"/bin/sh"}""");
        Assert.Equal([(0, 0), (1, 0)], Matching.PlainRules.ByMatcher(new Detection.Matching.RuleMatcher(new Detection.Matching.RuleSet(rules), TimeProvider.System), batch));
    }
}
