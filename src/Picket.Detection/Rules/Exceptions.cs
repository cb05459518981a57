using Picket.Detection.Yaml;
using Picket.Query;

namespace Picket.Detection.Rules;

/// <summary>What a rule raises nothing of: the events of filters in the query language.</summary>
public static class Exceptions
{
    /// <summary>What an exception says.</summary>
    /// <param name="text">In the query language.</param>
    /// <param name="lists">The values of a list; null where there is none of that name.</param>
    /// <exception cref="FormatException">It is no filter.</exception>
    public static Filter Read(string text, Func<string, IReadOnlyList<string>?> lists)
    {
        try
        {
            var at = new YamlText(text, false, 1, 1);
            return new ValueLists(lists).Expand(OwnRule.FilterOf(at), at);
        }
        catch (RuleException error)
        {
            throw new FormatException(error.Message);
        }
    }

    /// <summary>The lists that one names.</summary>
    public static IReadOnlyList<string> ListsOf(string text)
    {
        var named = new List<string>();
        Read(text, name =>
        {
            named.Add(name);
            return [];
        });
        return named;
    }

    /// <summary>The rule without them.</summary>
    public static Rule Apply(Rule rule, IReadOnlyCollection<Filter> exceptions)
    {
        if (exceptions.Count == 0)
        {
            return rule;
        }
        var any = new Filter.Or([.. exceptions]);
        return rule.Correlation is null ? rule with { Filter = new Filter.And([rule.Filter, new Filter.Not(any)]) } : rule with { Except = any };
    }
}
