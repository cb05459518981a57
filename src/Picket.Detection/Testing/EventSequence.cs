using System.Globalization;
using Picket.Detection.Rules;
using Picket.Detection.Yaml;
using Picket.Events;

namespace Picket.Detection.Testing;

/// <summary>
/// Events one after the other, as an expectation of an alert lists them: a second apart where they have no <c>ts</c>. <c>{times: 5, seconds_apart: 20, event: {…}}</c> stands for five of
/// them, in which <c>{i}</c> is 1 to 5.
/// </summary>
internal static class EventSequence
{
    private const int MostTimes = 10_000;
    private const long Start = 1_767_225_600 * Instant.PerSecond;

    /// <summary>The events as JSON, a line each.</summary>
    /// <exception cref="RuleException">It is none.</exception>
    public static string Read(YamlNode node)
    {
        var (lines, at) = (new List<string>(), Start);
        foreach (var item in node is YamlList { Items.Count: > 0 } list ? list.Items : throw new RuleException(node, "a list of events was expected, those that come one after the other"))
        {
            if (item is not YamlMap map || map["times"] is null)
            {
                lines.Add(Timed(item, Expectation.Json(item), at));
                at += Instant.PerSecond;
                continue;
            }
            var (times, apart) = (Number(map["times"]!), Number(map["seconds_apart"] ?? map["times"]!));
            var json = Expectation.Json(map["event"] ?? throw new RuleException(map, "an event was expected: {times: 5, seconds_apart: 20, event: {…}}"));
            for (var i = 1; i <= times; i++)
            {
                lines.Add(Timed(map["event"]!, json.Replace("{i}", i.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal), at));
                at += (map["seconds_apart"] is null ? 1 : apart) * Instant.PerSecond;
            }
        }
        return string.Join('\n', lines);
    }

    private static string Timed(YamlNode of, string json, long at) => of is YamlMap map && map["ts"] is not null || !json.StartsWith('{') ? json
        : json == "{}" ? $"{{\"ts\":\"{Instant.Format(at)}\"}}" : $"{{\"ts\":\"{Instant.Format(at)}\",{json[1..]}";

    private static int Number(YamlNode node) => node is YamlText text && int.TryParse(text.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and <= MostTimes
        ? number
        : throw new RuleException(node, $"a whole number from 1 to {MostTimes:N0} was expected");
}
