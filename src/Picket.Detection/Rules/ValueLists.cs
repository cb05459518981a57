using Picket.Detection.Yaml;
using Picket.Events;
using Picket.Events.Schema;
using Picket.Query;
using Picket.Query.Operators;

namespace Picket.Detection.Rules;

/// <summary>The lists of values that rules may name, while one is read; notes which it does. Not thread-safe.</summary>
/// <param name="valuesOf">The values of a list; null where there is none of that name.</param>
internal sealed class ValueLists(Func<string, IReadOnlyList<string>?>? valuesOf)
{
    private const string Prefix = "in:";

    private readonly List<string> named = [];

    /// <summary>Those that were named.</summary>
    public IReadOnlyList<string> Named => [.. named.Distinct(StringComparer.Ordinal)];

    /// <exception cref="RuleException">There is no such list.</exception>
    public IReadOnlyList<string> Of(string name, YamlNode at)
    {
        named.Add(name);
        return valuesOf?.Invoke(name) ?? throw new RuleException(at, $"{name} stands for a list that is not here, so the rule would mean nothing");
    }

    /// <summary>A query in which values such as <c>in:name</c> are what is in the list: texts, and addresses in its networks.</summary>
    /// <exception cref="RuleException">There is no such list.</exception>
    public Filter Expand(Filter query, YamlNode at) => query switch
    {
        Filter.And and => new Filter.And([.. and.Parts.Select(part => Expand(part, at))]),
        Filter.Or or => new Filter.Or([.. or.Parts.Select(part => Expand(part, at))]),
        Filter.Not not => new Filter.Not(Expand(not.Part, at)),
        Filter.Term { Operator: EqualTo { Text: var text } } term when text.StartsWith(Prefix, StringComparison.Ordinal) => AnyOf(term.Field, Of(text[Prefix.Length..], at)),
        _ => query,
    };

    /// <summary>Whether a value of a list is a network, such as 10.0.0.0/8.</summary>
    public static bool IsNetwork(string value, out Network network)
    {
        network = default!;
        return value.Contains('/', StringComparison.Ordinal) && Network.TryParse(value, out network);
    }

    private static Filter AnyOf(Field field, IReadOnlyList<string> values)
    {
        var texts = values.Where(value => !IsNetwork(value, out _)).ToArray();
        IEnumerable<Filter> networks = values.Select(value => IsNetwork(value, out var network) ? network : (Network?)null).OfType<Network>().Select(network => new Filter.Term(field, new InNetwork(network)));
        return new Filter.Or([.. networks, .. texts.Length > 0 ? [new Filter.Term(field, new AnyOf(texts))] : Array.Empty<Filter>()]);
    }
}
