using System.Buffers;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Picket.Detection.Alerts;
using Picket.Detection.Matching;
using Picket.Detection.Rules;
using Picket.Detection.Yaml;
using Picket.Events;
using Picket.Events.Batches;
using Picket.Events.Parsing;

namespace Picket.Detection.Testing;

/// <summary>An event that a rule must match, or must not; or events that must raise an alert of it, or must not.</summary>
/// <param name="File">Where that is said.</param>
/// <param name="Line">In which line, counted from 1.</param>
/// <param name="RuleId">Of which rule.</param>
/// <param name="Event">The event as JSON; several, a line each, where they are to raise an alert.</param>
/// <param name="MustMatch">Which of both.</param>
/// <param name="IsOfAlert">Whether it is about an alert.</param>
public sealed record Expectation(string File, int Line, string RuleId, string Event, bool MustMatch, bool IsOfAlert = false)
{
    /// <summary>
    /// Reads a file: <c>rule</c> with an id, and under <c>match</c> and <c>no_match</c> lists of events, as maps or as JSON in a text; under <c>alert</c> and <c>no_alert</c> lists of lists
    /// of them (<see cref="EventSequence"/>). Several documents where it is of several rules.
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
                foreach (var (name, _) in map.Members.Where(member => member.Name.Text is not ("rule" or "match" or "no_match" or "alert" or "no_alert")))
                {
                    throw new RuleException(name, $"an expectation has rule, match, no_match, alert and no_alert, but no {name.Text}");
                }
                var rule = map.Text("rule") ?? throw new RuleException(map, "the rule's id is missing: rule: …");
                var events = Items(map["match"]).Select(item => Of(item, Json(item), true, false)).Concat(Items(map["no_match"]).Select(item => Of(item, Json(item), false, false)))
                    .Concat(Items(map["alert"]).Select(item => Of(item, EventSequence.Read(item), true, true))).Concat(Items(map["no_alert"]).Select(item => Of(item, EventSequence.Read(item), false, true))).ToArray();
                all.AddRange(events.Length > 0 ? events : throw new RuleException(map, "there is no event: list some under match and no_match"));

                Expectation Of(YamlNode item, string json, bool mustMatch, bool isOfAlert) => new(file, item.Line, rule, json, mustMatch, isOfAlert);
            }
        }
        catch (RuleException error)
        {
            wrong(new RuleFinding(file, error.Line, error.Column, error.Message));
        }
        return all;
    }

    /// <summary>What is wrong when the event is looked at by the rule; null when it is as expected.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="others">Rules that it may be of.</param>
    /// <exception cref="FormatException">The event is none.</exception>
    public string? Check(Rule rule, IEnumerable<Rule>? others = null)
    {
        using var parser = new EventParser(new ParseLimits { ClockAhead = Instant.Max });
        foreach (var line in Event.Split('\n'))
        {
            if (!parser.TryParse(Encoding.UTF8.GetBytes(line), 0))
            {
                throw new FormatException(parser.Errors[^1].Reason);
            }
        }
        using var batch = parser.Into.Seal();
        var rules = new RuleSet([rule, .. others?.Where(other => !ReferenceEquals(other, rule)) ?? []]);
        var matcher = new RuleMatcher(rules, TimeProvider.System);
        if (IsOfAlert)
        {
            return IsRaised(rule, rules, matcher, batch) == MustMatch ? null : MustMatch ? "these must raise an alert, and do not" : "these must raise no alert, and do";
        }
        var matches = new List<RuleMatch>();
        matcher.Match(batch, matches);
        return matches.Exists(match => match.Place == 0) == MustMatch ? null : MustMatch ? "it must match, and does not" : "it must not match, and does";
    }

    private static bool IsRaised(Rule rule, RuleSet rules, RuleMatcher matcher, EventBatch batch)
    {
        ((PackedBatch)batch.Source).AssignSeqs(1);
        var book = new AlertBook();
        var detector = new Detector(book, isRecorded: true);
        detector.Use(rules, matcher, TimeProvider.System);
        // With nothing to read back neither waits.
        var looking = detector.LookAsync(batch, 1, CancellationToken.None);
        var ending = detector.EndAsync(CancellationToken.None);
        Debug.Assert(looking.IsCompletedSuccessfully && ending.IsCompletedSuccessfully);
        return book.Changes.Any(change => ReferenceEquals(change.Rule, rule));
    }

    private static IEnumerable<YamlNode> Items(YamlNode? list) => list switch
    {
        null => [],
        YamlList items => items.Items,
        _ => throw new RuleException(list, "a list of events was expected"),
    };

    internal static string Json(YamlNode node)
    {
        if (node is YamlText text)
        {
            return text.Text;
        }
        var into = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(into))
        {
            YamlJson.Write(json, node);
        }
        return Encoding.UTF8.GetString(into.WrittenSpan);
    }
}
