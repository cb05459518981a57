using Picket.Events.Batches;

namespace Picket.Query.Operators;

/// <summary>There is a value, and it is not <c>null</c>. Empty text and <c>[]</c> are values.</summary>
public sealed record Exists : Operator
{
    public override bool MatchesScalar(Value value) => true;

    protected override bool MatchesJson(Value value) => true;

    public override string Print(BareText bare) => "*";
}
