using Picket.Detection.Rules;

namespace Picket.Detection.Matching;

/// <summary>A rule's hit on an event of a batch.</summary>
/// <param name="Rule">Which rule.</param>
/// <param name="Place">Its place in the <see cref="RuleSet"/>.</param>
/// <param name="Row">Which event.</param>
public readonly record struct RuleMatch(Rule Rule, int Place, int Row);
