using Picket.Detection.Rules;
using Picket.Query;

namespace Picket.Detection.Matching;

/// <summary>A rule as it is run over events of some sources.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Place">Its place among all.</param>
/// <param name="Filter">What it asks there.</param>
/// <param name="Condition">The same, made ready.</param>
/// <param name="Mapping">Of the source for which alone its fields are called as they are in this filter; null for all others.</param>
internal sealed record CompiledRule(Rule Rule, int Place, Filter Filter, Condition Condition, FieldMapping? Mapping)
{
    /// <summary>Null where it may hold whatever an event has.</summary>
    public Witness? Witness { get; set; }

    /// <summary>Whether a text that may be in any field can be what it is found by.</summary>
    public bool IsInAnyField { get; set; }

    /// <summary>Whether it is for events of a source.</summary>
    public bool Suits(EventSource source)
    {
        if (SourceTable.Mappings.FirstOrDefault(mapping => mapping.IsOf(source) && mapping.Covers(Rule.LogSource)) is { } mapping)
        {
            return mapping == Mapping;
        }
        // A rule that looks for a text in any field, or that an event with nothing satisfies, must be meant for the source.
        return Mapping is null && source.Suits(Rule.LogSource) && (source.IsMeantBy(Rule.LogSource) || !MustBeMeant);
    }

    private bool MustBeMeant => Witness is null || IsInAnyField;
}
