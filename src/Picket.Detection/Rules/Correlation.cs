namespace Picket.Detection.Rules;

/// <summary>What makes a rule of the matches of others.</summary>
/// <param name="Rules">Those others, by their ids or names.</param>
/// <param name="GroupBy">The fields whose values tell groups apart, or names that stand for them.</param>
/// <param name="Aliases">Of a name that stands for fields: what the field is called in each of the rules.</param>
/// <param name="AlertsOfRules">Whether the matches of those others raise alerts of their own, too.</param>
public sealed record Correlation(IReadOnlyList<string> Rules, IReadOnlyList<string> GroupBy, IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Aliases, bool AlertsOfRules)
{
    /// <summary>The places of those others among rules; null, with the reason, where there is one that is not among them or cannot be one of them.</summary>
    public IReadOnlyList<int>? Resolve(IReadOnlyDictionary<string, (int Place, bool IsCorrelation)> places, out string? reason, out bool isMissing)
    {
        var found = new List<int>();
        (reason, isMissing) = (null, false);
        foreach (var name in Rules)
        {
            if (!places.TryGetValue(name, out var place))
            {
                (reason, isMissing) = ($"there is no rule with the id or name {name} among these", true);
                return null;
            }
            if (place.IsCorrelation)
            {
                reason = $"{name} is a correlation itself; correlations of correlations are not run in this version";
                return null;
            }
            found.Add(place.Place);
        }
        return found;
    }

    /// <summary>What rules are called, and where they are: the first of several of a name.</summary>
    public static IReadOnlyDictionary<string, (int Place, bool IsCorrelation)> PlacesOf(IEnumerable<(Rule Rule, int Place)> rules)
    {
        var places = new Dictionary<string, (int, bool)>(StringComparer.Ordinal);
        foreach (var (rule, place) in rules)
        {
            places.TryAdd(rule.Id, (place, rule.Correlation is not null));
            if (rule.Name is not null)
            {
                places.TryAdd(rule.Name, (place, rule.Correlation is not null));
            }
        }
        return places;
    }
}
