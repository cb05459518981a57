using Picket.Detection.Matching;
using Picket.Detection.Rules;
using Picket.Detection.Sigma;
using Picket.Detection.Yaml;
using Picket.Query;
using Picket.Query.Operators;
using Picket.Query.Text;

namespace Picket.Detection.Linting;

/// <summary>What is not wrong with a rule but probably not meant: a name that no other rule uses and that is nearly a known one, a condition that never holds, what takes much time, no tag.</summary>
public static class RuleLint
{
    // Of more parts not all cases are gone through.
    private const int MostParts = 16;
    private const int Common = 20;
    private const int Rare = 2;

    /// <summary>All that is to be said of rules, in their order.</summary>
    public static IReadOnlyList<RuleFinding> Check(IReadOnlyList<RuleDocument> documents)
    {
        var rules = documents.Where(document => document.Rule is not null).ToArray();
        var uses = rules.SelectMany(document => document.Rule!.Filter.Fields.Select(field => field.Name).Distinct()).CountBy(name => name).ToDictionary(StringComparer.Ordinal);
        var known = uses.Where(use => use.Value >= Common).Select(use => use.Key).Concat(KnownFields.Names).ToHashSet(StringComparer.Ordinal);
        return [.. rules.SelectMany(document => Check(document, name => uses.GetValueOrDefault(name) <= Rare && !known.Contains(name) ? known.FirstOrDefault(other => IsSlip(name, other)) : null))];
    }

    // Another case, or in a long name one or two letters beside each other: what is further away is a name of its own.
    private static bool IsSlip(string name, string known)
    {
        var (least, start, end) = (Math.Min(name.Length, known.Length), 0, 0);
        while (start < least && char.ToLowerInvariant(name[start]) == char.ToLowerInvariant(known[start]))
        {
            start++;
        }
        while (end < least - start && char.ToLowerInvariant(name[^(end + 1)]) == char.ToLowerInvariant(known[^(end + 1)]))
        {
            end++;
        }
        var apart = Math.Max(name.Length, known.Length) - start - end;
        return apart == 0 || (apart <= 2 && Math.Abs(name.Length - known.Length) <= 1 && least >= 8);
    }

    private static IEnumerable<RuleFinding> Check(RuleDocument document, Func<string, string?> meant)
    {
        var map = (YamlMap)YamlReader.Read(document.Text)[0];
        RuleFinding At(YamlNode node, string what) => new(document.File, document.Line + node.Line - 1, node.Column, what);
        if (!document.Rule!.Tags.Any(tag => tag.StartsWith("attack.", StringComparison.OrdinalIgnoreCase) || tag.StartsWith("cve.", StringComparison.OrdinalIgnoreCase)))
        {
            yield return At(map, "no tag says what this is about, such as attack.t1059.001 or cve.2026-1234");
        }
        // What waits for events is meant to look at each.
        if (document.Rule.Absence is null && new RuleSet([document.Rule], with4688: false).Compiled[0].Witness is null)
        {
            yield return At(map["detection"] ?? map["query"]!, "nothing must be there for this to hold, so it is looked at with each event of its log source; ask for something before what is left out");
        }
        if (map["detection"] is not YamlMap detection)
        {
            foreach (var op in Operators(document.Rule.Filter).OfType<MatchesRegex>().Where(IsCostly))
            {
                yield return At(map["query"]!, Costly(op.Pattern));
            }
            yield break;
        }
        foreach (var (name, value) in Terms(detection))
        {
            var words = name.Text.Split('|');
            if (words[0].Length > 0 && meant(words[0]) is { } near)
            {
                yield return At(name, $"{words[0]} is hardly asked for by any rule; did you mean {near}?");
            }
            foreach (var pattern in words.Contains("re") ? Texts(value) : [])
            {
                if (IsCostly(new MatchesRegex(pattern.Text, MayBacktrack: true)))
                {
                    yield return At(pattern, Costly(pattern.Text));
                }
            }
        }
        foreach (var finding in Conditions(detection))
        {
            yield return At(finding.Node, finding.What);
        }
    }

    private static IEnumerable<(YamlNode Node, string What)> Conditions(YamlMap detection)
    {
        var names = detection.Members.Select(member => member.Name.Text).Where(name => name is not ("condition" or "timeframe")).ToArray();
        var conditions = Texts(detection["condition"]!).Select(text => (Node: text, Condition: SigmaCondition.Parse(text.Text, names, text))).ToArray();
        var used = conditions.SelectMany(one => one.Condition.Names).ToHashSet(StringComparer.Ordinal);
        foreach (var (unused, _) in detection.Members.Where(member => names.Contains(member.Name.Text) && !used.Contains(member.Name.Text)))
        {
            yield return (unused, $"the condition does not use {unused.Text}");
        }
        foreach (var (node, condition) in conditions)
        {
            var parts = condition.Names.Distinct().ToArray();
            if (parts.Length > MostParts)
            {
                continue;
            }
            var cases = Enumerable.Range(0, 1 << parts.Length).Select(bits => condition.Holds(name => (bits >> Array.IndexOf(parts, name) & 1) != 0)).ToArray();
            if (Array.TrueForAll(cases, holds => !holds))
            {
                yield return (node, "this never holds, whatever an event has");
            }
            else if (Array.TrueForAll(cases, holds => holds))
            {
                yield return (node, "this always holds, whatever an event has");
            }
        }
    }

    // Of the parts that are maps, or lists of them; the others are keywords.
    private static IEnumerable<(YamlText Name, YamlNode Value)> Terms(YamlMap detection) =>
        detection.Members.SelectMany(part => part.Value is YamlList list ? list.Items : [part.Value]).OfType<YamlMap>().SelectMany(map => map.Members);

    private static IEnumerable<YamlText> Texts(YamlNode node) => node is YamlList list ? list.Items.OfType<YamlText>() : node is YamlText text ? [text] : [];

    private static IEnumerable<Operator> Operators(Filter filter) => filter switch
    {
        Filter.And and => and.Parts.SelectMany(Operators),
        Filter.Or or => or.Parts.SelectMany(Operators),
        Filter.Not not => Operators(not.Part),
        Filter.Term term => [term.Operator],
        Filter.AnyField any => [any.Operator],
        _ => [],
    };

    private static bool IsCostly(MatchesRegex expression) => new SafeRegex(expression.Pattern, mayBacktrack: true) is { Required.Folded.Length: < 2 } or { Backtracks: true };

    private static string Costly(string pattern) => new SafeRegex(pattern, mayBacktrack: true).Backtracks
        ? "this expression can only be found by going back again and again (look-around, back-references); it gives up on a value after 100 ms"
        : "no text must stand in what this expression finds, so every value is gone through; ask for some text of it with contains besides";
}
