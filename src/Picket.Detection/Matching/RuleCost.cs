namespace Picket.Detection.Matching;

/// <summary>What one rule has taken so far.</summary>
/// <param name="Candidates">For how many events the indices did not rule it out.</param>
/// <param name="Matches">How often it matched.</param>
/// <param name="Ticks">What asking its operators about them took, in the time provider's ticks.</param>
/// <param name="Faults">How often it failed, or took longer than <see cref="Limits.RuleTime"/>.</param>
/// <param name="IsSetAside">Whether it is not run any more because of these.</param>
public readonly record struct RuleCost(long Candidates, long Matches, long Ticks, long Faults, bool IsSetAside);
