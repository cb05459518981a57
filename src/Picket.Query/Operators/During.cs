using Picket.Events;
using Picket.Events.Batches;
using Picket.Events.Parsing;

namespace Picket.Query.Operators;

/// <summary>The value is a time in a stretch: an event's own times, and texts and numbers that are one.</summary>
public sealed record During(TimeRange Stretch) : Operator
{
    public override bool MatchesScalar(Value value) => Timestamps.TryParse(value.Text, out var instant, out _) && Stretch.Contains(instant);

    public override string Print(BareText bare)
    {
        var from = Stretch.From == Instant.Min ? "*" : Instant.Format(Stretch.From);
        return $"[{from} TO {(Stretch.To == Instant.Max ? "*" : Instant.Format(Stretch.To))})";
    }
}
