using Picket.Detection.Rules;
using Picket.Detection.Yaml;
using Picket.Query;

namespace Picket.Detection.Sigma;

/// <summary>A Sigma filter: a condition that is and-ed with those of the rules it names, where they are for events of its log source.</summary>
/// <param name="Id">As its author gave it; where there is none, made of the file's name.</param>
/// <param name="Title">For people.</param>
/// <param name="Rules">Ids or names; null for any.</param>
/// <param name="LogSource">A part that is null asks nothing.</param>
/// <param name="Condition">What must hold besides.</param>
internal sealed record SigmaFilter(string Id, string Title, IReadOnlySet<string>? Rules, LogSource LogSource, Filter Condition)
{
    /// <param name="map">The document.</param>
    /// <param name="filter">Its <c>filter</c>.</param>
    /// <param name="name">Its id where it has none.</param>
    /// <param name="warn">Told of what may not be meant.</param>
    /// <exception cref="RuleException">It is wrong.</exception>
    public static SigmaFilter Read(YamlMap map, YamlMap filter, string name, ValueLists lists, Action<YamlNode, string> warn)
    {
        var rules = filter["rules"] switch
        {
            YamlText { Text: var any } when any.Equals("any", StringComparison.OrdinalIgnoreCase) => null,
            YamlText one => (HashSet<string>)[one.Text],
            YamlList { Items.Count: > 0 } list => [.. list.Items.Select(item => item is YamlText text ? text.Text : throw new RuleException(item, "a rule's id or name was expected"))],
            _ => throw new RuleException(filter, "a filter names its rules: rules: any, or a list of ids or names"),
        };
        var condition = SigmaDetection.Read(filter with { Members = [.. filter.Members.Where(member => member.Name.Text != "rules")] }, lists);
        if (condition is not Filter.Not && filter["condition"] is YamlText { Text: var text } at && !text.Contains("not ", StringComparison.OrdinalIgnoreCase))
        {
            warn(at, "this filter leaves only what its selection finds; to leave that out, write not before it");
        }
        return new SigmaFilter(map.Text("id") ?? name, map.Text("title") ?? name, rules, SigmaRule.Source(map), condition);
    }

    /// <summary>Correlations have no events of their own to filter.</summary>
    public Rule ApplyTo(Rule rule) => rule.Correlation is null && (Rules is null || Rules.Contains(rule.Id) || (rule.Name is { } name && Rules.Contains(name))) && Suits(rule.LogSource)
        ? rule with { Filter = new Filter.And([rule.Filter, Condition]) }
        : rule;

    private bool Suits(LogSource source) => Suits(LogSource.Product, source.Product) && Suits(LogSource.Service, source.Service) && Suits(LogSource.Category, source.Category);

    private static bool Suits(string? asked, string? there) => asked is null || asked == there;
}
