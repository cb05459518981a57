namespace Picket.Detection.Rules;

/// <summary>Which rules correlations are of, found by ids and names: the first of several of a name. Not thread-safe.</summary>
public sealed class RuleReferences
{
    // Of a correlation that is of correlations, which are of correlations …
    private const int MostDeep = 8;

    private readonly Dictionary<string, (Rule Rule, int Place)> named = new(StringComparer.Ordinal);
    private readonly Dictionary<Rule, (int Depth, string? Reason, bool IsMissing)> known = new(ReferenceEqualityComparer.Instance);

    /// <param name="rules">All there are, and their places.</param>
    public RuleReferences(IEnumerable<(Rule Rule, int Place)> rules)
    {
        foreach (var (rule, place) in rules)
        {
            named.TryAdd(rule.Id, (rule, place));
            if (rule.Name is not null)
            {
                named.TryAdd(rule.Name, (rule, place));
            }
        }
    }

    /// <summary>The places of the rules that a correlation is of; null, with the reason, where it cannot be run.</summary>
    /// <param name="isMissing">Whether the reason is that one is not there.</param>
    public IReadOnlyList<int>? Resolve(Rule rule, out string? reason, out bool isMissing)
    {
        (_, reason, isMissing) = Look(rule, []);
        return reason is null ? [.. rule.Correlation!.Rules.Select(name => named[name].Place)] : null;
    }

    /// <summary>How many correlations stand between a rule and events: 0 for one that looks at events itself.</summary>
    public int DepthOf(Rule rule) => Look(rule, []).Depth;

    private (int Depth, string? Reason, bool IsMissing) Look(Rule rule, List<Rule> above)
    {
        if (rule.Correlation is not { } correlation)
        {
            return default;
        }
        if (known.TryGetValue(rule, out var found))
        {
            return found;
        }
        if (above.Contains(rule))
        {
            return (0, $"it is of itself: {string.Join(", which is of ", above.Skip(above.IndexOf(rule)).Append(rule).Select(one => one.Name ?? one.Id))}", false);
        }
        if (above.Count == MostDeep)
        {
            return (0, $"correlations are of correlations at most {MostDeep} deep", false);
        }
        above.Add(rule);
        found = (0, null, false);
        foreach (var name in correlation.Rules)
        {
            var (depth, reason, isMissing) = named.TryGetValue(name, out var of) ? Look(of.Rule, above) : (0, $"there is no rule with the id or name {name} among these", true);
            found = (Math.Max(found.Depth, depth), found.Reason ?? reason, found.Reason is null ? isMissing : found.IsMissing);
        }
        above.RemoveAt(above.Count - 1);
        found.Depth++;
        // What was cut short by a rule above holds only below it.
        if (above.Count == 0 || found.Reason is null)
        {
            known[rule] = found;
        }
        return found;
    }
}
