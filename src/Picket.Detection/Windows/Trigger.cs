using System.Text;
using Picket.Detection.Rules;
using Picket.Events.Schema;

namespace Picket.Detection.Windows;

/// <summary>
/// What raises alerts: a rule whose every match does, or a window over the matches of one rule or several, or over the episodes of others. Not changed any more once a
/// <see cref="TriggerSet"/> is made of them; then thread-safe.
/// </summary>
/// <param name="Place">Its place among all.</param>
/// <param name="Rule">What its alerts say of it.</param>
/// <param name="Window">Null where every match raises one.</param>
internal sealed record Trigger(int Place, Rule Rule, Window? Window)
{
    /// <summary>What the keys of its groups begin with.</summary>
    public ReadOnlyMemory<byte> KeyStart { get; } = Encoding.UTF8.GetBytes($"{Rule.Id}:");

    /// <summary>The rules whose matches it looks at in the end, and their places: a correlation of correlations has theirs, one after the other.</summary>
    public IReadOnlyList<(Rule Rule, int Place)> Bases { get; init; } = [(Rule, Place)];

    /// <summary>The fields by which groups are told apart, for each of <see cref="Bases"/>.</summary>
    public IReadOnlyList<IReadOnlyList<Field>> GroupBy { get; init; } = [Rule.Groups];

    /// <summary>What the values of a group are called.</summary>
    public IReadOnlyList<string> GroupNames { get; init; } = [.. Rule.Groups.Select(field => field.Name)];

    /// <summary>Whether it raises no alert, and others look at when it begins to hold.</summary>
    public bool IsSilent { get; init; }

    /// <summary>How many others stand between it and events.</summary>
    public int Level { get; init; }

    /// <summary>Of which of its rules it sees the episodes, a bit each; of the others the events.</summary>
    public ulong Episodes { get; init; }

    /// <summary>Those that look at when this one begins to hold: which of their rules it is, and where its <see cref="Bases"/> begin among theirs.</summary>
    public List<(Trigger To, int Input, int FirstBase)> Parents { get; } = [];

    /// <summary>How far back events are needed for it, and for those above it, to tell where it begins to hold; ns.</summary>
    public long Reach { get; set; }

    /// <summary>The longest <see cref="Reach"/> over the matches of one of its rules, of whatever trigger: so far back they are kept in memory together; ns.</summary>
    public long LongestReach { get; set; }

    /// <summary>Whether what it finds is known only when no further event is waited for.</summary>
    public bool Waits => Window is not null && (!Window.IsRising || Level > 0 || Parents.Count > 0);

    /// <summary>Whether a group that stands needs few of its events: further ones only make it hold on, none is added twice, and it is known at once where it holds.</summary>
    public bool IsThinned => Window is { IsRising: true, Measure: Measure.Events or Measure.Distinct or Measure.Sum } && Bases.Count == 1 && Level == 0 && (Parents.Count == 0 || !IsSilent);

    /// <summary>The one of a correlation.</summary>
    /// <param name="of">The rules that it is of, in its order, and what they are to it: themselves, or the triggers of correlations.</param>
    public static Trigger Of(int place, Rule rule, IReadOnlyList<(Rule Rule, int Place, Trigger? Trigger)> of, bool isSilent)
    {
        var correlation = rule.Correlation!;
        var (bases, groupBy, episodes) = (new List<(Rule, int)>(), new List<IReadOnlyList<Field>>(), 0ul);
        for (var i = 0; i < of.Count; i++)
        {
            var (input, at, trigger) = of[i];
            episodes |= trigger is null ? 0 : 1ul << i;
            for (var b = 0; b < (trigger?.Bases.Count ?? 1); b++)
            {
                bases.Add(trigger?.Bases[b] ?? (input, at));
                groupBy.Add([.. correlation.GroupBy.Select(name => FieldOf(correlation.AliasOf(name, correlation.Rules[i], input) ?? name, trigger, b))]);
            }
        }
        return new Trigger(place, rule, rule.Window)
        {
            Bases = bases,
            GroupBy = groupBy,
            GroupNames = correlation.GroupBy,
            IsSilent = isSilent,
            Episodes = episodes,
            Level = of.Max(input => input.Trigger is null ? 0 : input.Trigger.Level + 1),
        };
    }

    // A name that a correlation below groups by stands for what it stands for there.
    private static Field FieldOf(string name, Trigger? below, int ofBase) =>
        below is not null && below.GroupNames.ToList().IndexOf(name) is >= 0 and var at ? below.GroupBy[ofBase][at] : EventSchema.Resolve(name);
}
