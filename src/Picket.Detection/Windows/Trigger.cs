using Picket.Detection.Rules;
using Picket.Events.Schema;

namespace Picket.Detection.Windows;

/// <summary>What raises alerts: a rule whose every match does, or a window over the matches of one rule or several. Immutable, thread-safe.</summary>
/// <param name="Place">Its place among all.</param>
/// <param name="Rule">What its alerts say of it.</param>
/// <param name="Window">Null where every match raises one.</param>
internal sealed record Trigger(int Place, Rule Rule, Window? Window)
{
    /// <summary>The rules whose matches it looks at, and their places.</summary>
    public IReadOnlyList<(Rule Rule, int Place)> Inputs { get; init; } = [(Rule, Place)];

    /// <summary>The longest window over the matches of one of these rules, of whatever trigger: so far back they are kept in memory together; ns.</summary>
    public long LongestSpan { get; set; }

    /// <summary>The fields by which groups are told apart, for each of the rules that are looked at.</summary>
    public IReadOnlyList<IReadOnlyList<Field>> GroupBy { get; init; } = [Rule.GroupBy];

    /// <summary>What the values of a group are called.</summary>
    public IReadOnlyList<string> GroupNames { get; init; } = [.. Rule.GroupBy.Select(field => field.Name)];

    /// <summary>The one of a correlation.</summary>
    /// <param name="of">The rules that it is of, in its order, and their places.</param>
    public static Trigger Of(int place, Rule rule, IReadOnlyList<(Rule Rule, int Place)> of)
    {
        var correlation = rule.Correlation!;
        return new Trigger(place, rule, rule.Window)
        {
            Inputs = of,
            GroupBy = [.. of.Select((input, i) => (IReadOnlyList<Field>)[.. correlation.GroupBy.Select(name => EventSchema.Resolve(FieldOf(correlation, name, correlation.Rules[i], input.Rule)))])],
            GroupNames = correlation.GroupBy,
        };
    }

    // What a name to group by is called in the events of a rule.
    private static string FieldOf(Correlation correlation, string name, string reference, Rule rule) => !correlation.Aliases.TryGetValue(name, out var fields) ? name
        : fields.GetValueOrDefault(reference) ?? fields.GetValueOrDefault(rule.Name ?? "") ?? fields.GetValueOrDefault(rule.Id) ?? name;
}
