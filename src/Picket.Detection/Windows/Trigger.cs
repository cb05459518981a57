using Picket.Detection.Rules;
using Picket.Events.Schema;

namespace Picket.Detection.Windows;

/// <summary>What raises alerts: a rule whose every match does, or a window over the matches of one rule or several. Immutable, thread-safe.</summary>
/// <param name="Place">Its place among all.</param>
/// <param name="Rule">What its alerts say of it.</param>
/// <param name="Window">Null where every match raises one.</param>
internal sealed record Trigger(int Place, Rule Rule, Window? Window)
{
    /// <summary>The fields by which groups are told apart, for each of the rules that are looked at.</summary>
    public IReadOnlyList<IReadOnlyList<Field>> GroupBy { get; init; } = [Rule.GroupBy];

    /// <summary>What the values of a group are called.</summary>
    public IReadOnlyList<string> GroupNames { get; init; } = [.. Rule.GroupBy.Select(field => field.Name)];
}
