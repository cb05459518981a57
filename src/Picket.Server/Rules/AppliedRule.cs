using Picket.Detection.Rules;

namespace Picket.Server.Rules;

/// <summary>A tenant's rule as it is run: with filters, lists and exceptions applied.</summary>
/// <param name="Document">What it was before.</param>
/// <param name="Rule">What is run.</param>
/// <param name="With">Stands for what was applied: two with the same text and the same are one rule.</param>
internal sealed record AppliedRule(RuleDocument Document, Rule Rule, string With);
