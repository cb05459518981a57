namespace Picket.Detection.Rules;

/// <summary>What makes a rule of the matches of others, or of when others that are correlations themselves begin to hold.</summary>
/// <param name="Rules">Those others, by their ids or names.</param>
/// <param name="GroupBy">The fields whose values tell groups apart, or names that stand for them.</param>
/// <param name="Aliases">Of a name that stands for fields: what the field is called in each of the rules.</param>
/// <param name="AlertsOfRules">Whether those others raise alerts of their own, too.</param>
public sealed record Correlation(IReadOnlyList<string> Rules, IReadOnlyList<string> GroupBy, IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Aliases, bool AlertsOfRules)
{
    /// <summary>What a name to group by is called in the events of one of the rules; null where nothing is said of it.</summary>
    /// <param name="reference">What the correlation calls that rule.</param>
    internal string? AliasOf(string name, string reference, Rule rule) =>
        Aliases.TryGetValue(name, out var fields) ? fields.GetValueOrDefault(reference) ?? fields.GetValueOrDefault(rule.Name ?? "") ?? fields.GetValueOrDefault(rule.Id) : null;
}
