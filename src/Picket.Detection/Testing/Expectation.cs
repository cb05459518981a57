using System.Buffers;
using System.Text;
using System.Text.Json;
using Picket.Detection.Matching;
using Picket.Detection.Rules;
using Picket.Detection.Yaml;
using Picket.Events.Parsing;

namespace Picket.Detection.Testing;

/// <summary>An event that a rule must match, or must not.</summary>
/// <param name="File">Where that is said.</param>
/// <param name="Line">In which line, counted from 1.</param>
/// <param name="RuleId">Of which rule.</param>
/// <param name="Event">The event as JSON.</param>
/// <param name="MustMatch">Which of both.</param>
public sealed record Expectation(string File, int Line, string RuleId, string Event, bool MustMatch)
{
    /// <summary>
    /// Reads a file: <c>rule</c> with an id, and under <c>match</c> and <c>no_match</c> lists of events, as maps or as JSON in a text; several documents where it is of several rules.
    /// </summary>
    /// <param name="file">Its path, for messages.</param>
    /// <param name="text">YAML.</param>
    /// <param name="wrong">Told what cannot be read.</param>
    public static IReadOnlyList<Expectation> Read(string file, string text, Action<RuleFinding> wrong)
    {
        var all = new List<Expectation>();
        try
        {
            foreach (var root in YamlReader.Read(text))
            {
                var map = root as YamlMap ?? throw new RuleException(root, "a map was expected: rule, match and no_match");
                foreach (var (name, _) in map.Members.Where(member => member.Name.Text is not ("rule" or "match" or "no_match")))
                {
                    throw new RuleException(name, $"an expectation has rule, match and no_match, but no {name.Text}");
                }
                var rule = map.Text("rule") ?? throw new RuleException(map, "the rule's id is missing: rule: …");
                var events = Events(map["match"], true).Concat(Events(map["no_match"], false)).ToArray();
                all.AddRange(events.Length > 0 ? events.Select(one => new Expectation(file, one.Line, rule, one.Json, one.MustMatch)) : throw new RuleException(map, "there is no event: list some under match and no_match"));
            }
        }
        catch (RuleException error)
        {
            wrong(new RuleFinding(file, error.Line, error.Column, error.Message));
        }
        return all;
    }

    /// <summary>What is wrong when the event is looked at by the rule; null when it is as expected.</summary>
    /// <exception cref="FormatException">The event is none.</exception>
    public string? Check(Rule rule)
    {
        using var parser = new EventParser();
        if (!parser.TryParse(Encoding.UTF8.GetBytes(Event), 0))
        {
            throw new FormatException(parser.Errors[^1].Reason);
        }
        using var batch = parser.Into.Seal();
        var matches = new List<RuleMatch>();
        new RuleMatcher(new RuleSet([rule]), TimeProvider.System).Match(batch, matches);
        return (matches.Count > 0) == MustMatch ? null : MustMatch ? "it must match, and does not" : "it must not match, and does";
    }

    private static IEnumerable<(int Line, string Json, bool MustMatch)> Events(YamlNode? list, bool mustMatch) => list switch
    {
        null => [],
        YamlList items => items.Items.Select(item => (item.Line, item is YamlText text ? text.Text : Json(item), mustMatch)),
        _ => throw new RuleException(list, "a list of events was expected"),
    };

    private static string Json(YamlNode node)
    {
        var into = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(into))
        {
            YamlJson.Write(json, node);
        }
        return Encoding.UTF8.GetString(into.WrittenSpan);
    }
}
