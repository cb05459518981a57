using Picket.Detection.Rules;
using Picket.Query;
using Picket.Testing;

namespace Picket.Detection.Tests.Sigma;

/// <summary>What a line of a detection means for one event.</summary>
public sealed class SigmaMeaningTests
{
    [Theory]
    // Values: without case, whole, numbers by their text; lists any.
    [InlineData("f: Abc", "{\"f\":\"aBC\"}", true)]
    [InlineData("f: abc", "{\"f\":\"abcd\"}", false)]
    [InlineData("f: 4625", "{\"f\":\"4625\"}", true)]
    [InlineData("f: 404", "{\"f\":404.0}", false)]
    [InlineData("f: [a, b]", "{\"f\":\"b\"}", true)]
    [InlineData("f: a", "{\"f\":[\"x\",\"a\"]}", true)]
    [InlineData("f: true", "{\"f\":true}", true)]
    // Wildcards and what takes their meaning away.
    [InlineData("f: a*c", "{\"f\":\"abbc\"}", true)]
    [InlineData("f: a?c", "{\"f\":\"abc\"}", true)]
    [InlineData("f: a?c", "{\"f\":\"abbc\"}", false)]
    [InlineData("f: '?'", "{\"f\":\"\"}", false)]
    [InlineData("f: 'a\\*c'", "{\"f\":\"a*c\"}", true)]
    [InlineData("f: 'a\\*c'", "{\"f\":\"abc\"}", false)]
    [InlineData("f: 'C:\\x\\*'", "{\"f\":\"C:\\\\x*\"}", true)]
    [InlineData("f: 'C:\\x\\\\*'", "{\"f\":\"C:\\\\x\\\\y\"}", true)]
    [InlineData("f: '*'", "{\"f\":\"\"}", true)]
    [InlineData("f: '*'", "{}", false)]
    // Absent, null and empty.
    [InlineData("f: null", "{}", true)]
    [InlineData("f: null", "{\"f\":null}", true)]
    [InlineData("f: null", "{\"f\":\"\"}", false)]
    [InlineData("f: ''", "{\"f\":\"\"}", true)]
    [InlineData("f: ''", "{}", false)]
    [InlineData("f: 'null'", "{\"f\":\"null\"}", true)]
    [InlineData("f|exists: true", "{\"f\":\"\"}", true)]
    [InlineData("f|exists: false", "{\"f\":null}", true)]
    // Modifiers.
    [InlineData("f|contains|all: [a, b]", "{\"f\":\"xBxA\"}", true)]
    [InlineData("f|contains|all: [a, b]", "{\"f\":\"xB\"}", false)]
    [InlineData("f|startswith: ab", "{\"f\":\"ABc\"}", true)]
    [InlineData("f|endswith: 'a*b'", "{\"f\":\"xaXb\"}", true)]
    [InlineData("f|cased: Abc", "{\"f\":\"abc\"}", false)]
    [InlineData("f|contains|cased: Ab", "{\"f\":\"xAbx\"}", true)]
    [InlineData("f|re: '^A.c'", "{\"f\":\"Abcd\"}", true)]
    [InlineData("f|re: '^a.c'", "{\"f\":\"Abcd\"}", false)]
    [InlineData("f|re|i: '^a.c'", "{\"f\":\"Abcd\"}", true)]
    [InlineData("f|re: '^(?!x)a'", "{\"f\":\"abc\"}", true)]
    [InlineData("f|cidr: 10.0.0.0/8", "{\"f\":\"10.9.8.7\"}", true)]
    [InlineData("f|gte: 5", "{\"f\":5.0}", true)]
    [InlineData("f|lt: 5", "{\"f\":\"4\"}", true)]
    [InlineData("f|gt: 5", "{\"f\":\"many\"}", false)]
    [InlineData("f|neq: a", "{\"f\":\"b\"}", true)]
    [InlineData("f|neq: a", "{\"f\":\"A\"}", false)]
    [InlineData("f|fieldref: g", "{\"f\":\"A\",\"g\":\"a\"}", true)]
    [InlineData("f|fieldref: g", "{\"f\":\"A\"}", false)]
    [InlineData("f|fieldref|endswith: g", "{\"f\":\"xyA\",\"g\":\"ya\"}", true)]
    [InlineData("ts|hour: 6", "{\"ts\":\"2026-01-20T06:30:00Z\"}", true)]
    [InlineData("f|base64offset|contains: foobar", "{\"f\":\"xZm9vYmFyx\"}", true)]
    [InlineData("f|utf16le|base64: a", "{\"f\":\"YQA=\"}", true)]
    // Keywords look into every value that was sent, and no name.
    [InlineData("- tool\n      - other", "{\"x\":{\"y\":\"a Tool.exe\"}}", true)]
    [InlineData("- tool", "{\"tool\":1}", false)]
    [InlineData("- info", "{\"a\":1}", false)]
    [InlineData("'|all': [a1, b1]", "{\"x\":\"a1\",\"y\":\"b1\"}", true)]
    [InlineData("'|all': [a1, b1]", "{\"x\":\"a1\"}", false)]
    // A list of maps is any of them; synonyms are one field; a name with a blank is also written without.
    [InlineData("- {f: a, g: b}\n      - {h: c}", "{\"h\":\"c\"}", true)]
    [InlineData("- {f: a, g: b}\n      - {h: c}", "{\"f\":\"a\"}", false)]
    [InlineData("Computer: dc1", "{\"hostname\":\"DC1\"}", true)]
    [InlineData("Threat Name: x", "{\"ThreatName\":\"x\"}", true)]
    [InlineData("Threat Name: x", "{\"Threat Name\":\"x\"}", true)]
    public void A_line_holds_for_an_event(string line, string json, bool expected)
    {
        var read = RuleFiles.Read([("file.yml", $"title: t\nlogsource: {{product: windows}}\ndetection:\n  a:\n      {line}\n  condition: a")]);
        var (rules, refused) = (read.Rules, read.Refused);
        Assert.Empty(refused);
        using var batch = Some.Batch(json);
        Assert.Equal(expected, PlainMatch.Holds(rules[0].Filter, batch[0]));
        var rows = new Picket.Events.Batches.RowSet();
        new Matcher(rules[0].Filter).Match(batch, rows);
        Assert.Equal(expected, rows.Contains(0));
    }
}
