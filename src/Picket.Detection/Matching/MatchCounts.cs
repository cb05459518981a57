namespace Picket.Detection.Matching;

/// <summary>What a <see cref="RuleMatcher"/> has done.</summary>
/// <param name="Events">Events it was given.</param>
/// <param name="Eligible">Rules that are for each of them, together.</param>
/// <param name="Candidates">How often the indices did not rule a rule out for an event.</param>
/// <param name="Matches">How often one matched.</param>
/// <param name="Values">Values that were looked through; one that comes several times in a column counts once a batch.</param>
/// <param name="ValuesKnown">Those of them known from before.</param>
public readonly record struct MatchCounts(long Events, long Eligible, long Candidates, long Matches, long Values, long ValuesKnown)
{
    public static MatchCounts operator +(MatchCounts one, MatchCounts other) => new(
        one.Events + other.Events, one.Eligible + other.Eligible, one.Candidates + other.Candidates, one.Matches + other.Matches, one.Values + other.Values, one.ValuesKnown + other.ValuesKnown);
}
