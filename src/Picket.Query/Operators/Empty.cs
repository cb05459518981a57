using Picket.Events.Batches;

namespace Picket.Query.Operators;

/// <summary>The value is the empty text. Neither an absent field nor <c>null</c> is.</summary>
public sealed record Empty : Operator
{
    public override bool MatchesScalar(Value value) => value.Kind == ValueKind.Text && value.Text.IsEmpty;

    public override string Print(BareText bare) => "\"\"";
}
