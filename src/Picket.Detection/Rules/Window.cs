using System.Numerics;
using Picket.Events.Schema;

namespace Picket.Detection.Rules;

/// <summary>What is made of the events in a window.</summary>
public enum Measure : byte
{
    /// <summary>How many events there are.</summary>
    Events,

    /// <summary>How many distinct values, or tuples of values, some fields have; an event that lacks one does not count.</summary>
    Distinct,

    /// <summary>The sum of a field's numbers; an event without one does not count. The three below alike.</summary>
    Sum,

    /// <summary>Their mean.</summary>
    Average,

    /// <summary>The number below which a percentage of them lies, interpolated linearly between neighbours.</summary>
    Percentile,

    /// <summary>How many of the rules that are looked at together have an event. One event may be of several.</summary>
    Together,

    /// <summary>How many of them, from the first on, have events of their own in the order of the rules; those of one instant in any order.</summary>
    InOrder,
}

/// <summary>How a measure is compared.</summary>
public enum Comparison : byte
{
    AtLeast,
    MoreThan,
    AtMost,
    LessThan,
    Equal,
    NotEqual,
}

/// <summary>
/// When a rule over several events holds: at an event, if the measure of its group's events from <see cref="Span"/> before it up to it, both included, compares so. Whatever order
/// events come in, the same hold.
/// </summary>
/// <param name="Measure">Of the events.</param>
/// <param name="Span">Nanoseconds.</param>
/// <param name="Comparison">How.</param>
/// <param name="Than">With what.</param>
public sealed record Window(Measure Measure, long Span, Comparison Comparison, decimal Than)
{
    /// <summary>The fields whose values are measured; none for events.</summary>
    public IReadOnlyList<Field> Of { get; init; } = [];

    /// <summary>Further comparisons, which must hold too.</summary>
    public IReadOnlyList<(Comparison Comparison, decimal Than)> Further { get; init; } = [];

    /// <summary>Of <see cref="Measure.Percentile"/>: which, 0 to 100.</summary>
    public decimal Percentile { get; init; }

    /// <summary>Of <see cref="Measure.Together"/>: which rules must have an event and which must not, where not all are needed. Given a bit for each rule that has one; null where all are needed.</summary>
    internal Func<ulong, bool>? OfRules { get; init; }

    /// <summary>Of <see cref="Measure.Together"/>: whether a further event can only bring it closer to holding.</summary>
    internal bool IsOfRulesRising { get; init; } = true;

    /// <summary>Whether each event alone makes the rule hold.</summary>
    public bool IsOfEachEvent => Measure == Measure.Events && Comparison == Comparison.AtLeast && Than <= 1 && Further.Count == 0;

    /// <summary>Whether a further event can only bring it closer to holding, so that it is known at once; else it is known when no further event is waited for.</summary>
    internal bool IsRising => Comparison is Comparison.AtLeast or Comparison.MoreThan && Further.Count == 0 && Measure is not (Measure.Average or Measure.Percentile) && IsOfRulesRising;

    /// <summary>Whether it can hold over so many events at most, which are of these rules and no others, a bit each.</summary>
    internal bool MayHold(long events, ulong inputs) => !IsRising || Measure switch
    {
        Measure.Events or Measure.Distinct => Holds(events),
        Measure.Together when OfRules is { } areEnough => areEnough(inputs),
        Measure.Together or Measure.InOrder => Holds(BitOperations.PopCount(inputs)),
        _ => true,
    };

    /// <summary>How many further events it takes to hold, at least, where it may not yet.</summary>
    internal decimal Needs(long events, ulong inputs) => Measure is Measure.Together or Measure.InOrder ? Math.Max(1, Than - BitOperations.PopCount(inputs)) : Math.Max(1, Than - events);

    internal bool Holds(decimal measured)
    {
        var holds = Holds(measured, Comparison, Than);
        // Asked of each event of a group: enumerating an interface takes memory.
        for (var i = 0; i < Further.Count && holds; i++)
        {
            holds = Holds(measured, Further[i].Comparison, Further[i].Than);
        }
        return holds;
    }

    private static bool Holds(decimal measured, Comparison comparison, decimal than) => comparison switch
    {
        Comparison.AtLeast => measured >= than,
        Comparison.MoreThan => measured > than,
        Comparison.AtMost => measured <= than,
        Comparison.LessThan => measured < than,
        Comparison.Equal => measured == than,
        _ => measured != than,
    };
}
