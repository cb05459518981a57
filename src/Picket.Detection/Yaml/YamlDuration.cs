using System.Globalization;
using Picket.Detection.Rules;
using Picket.Events;

namespace Picket.Detection.Yaml;

/// <summary>A length of time: a number and a letter, such as 30s, 5m, 1h, 7d or 2w.</summary>
internal static class YamlDuration
{
    /// <param name="most">Nanoseconds.</param>
    /// <param name="wanted">What is said where it is none.</param>
    /// <returns>Nanoseconds.</returns>
    /// <exception cref="RuleException">It is none, or longer.</exception>
    public static long Read(YamlNode node, long most, string wanted)
    {
        if (node is YamlText { Text: { Length: > 1 } text } && long.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 && number <= 100_000_000)
        {
            var unit = text[^1] switch { 's' => 1L, 'm' => 60, 'h' => 3_600, 'd' => 86_400, 'w' => 7 * 86_400, _ => 0 };
            // In seconds, for a hundred million weeks are more nanoseconds than there are numbers.
            if (unit > 0 && number * unit <= most / Instant.PerSecond)
            {
                return number * unit * Instant.PerSecond;
            }
        }
        throw new RuleException(node, wanted);
    }
}
