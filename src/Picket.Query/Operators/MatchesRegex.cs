using Picket.Events.Batches;
using Picket.Query.Text;

namespace Picket.Query.Operators;

/// <summary>The regular expression matches somewhere in the value; case counts.</summary>
public sealed record MatchesRegex(string Pattern) : Operator
{
    private readonly SafeRegex regex = new(Pattern);

    public override bool MatchesScalar(Value value) => regex.IsMatch(value.Text);

    public bool Equals(MatchesRegex? other) => other is not null && Pattern == other.Pattern;

    public override int GetHashCode() => HashCode.Combine(5, Pattern);

    public override string ToString() => $"regex({Pattern})";
}
