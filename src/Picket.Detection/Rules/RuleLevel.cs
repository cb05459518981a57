namespace Picket.Detection.Rules;

/// <summary>How bad a match is, as Sigma says it.</summary>
public enum RuleLevel : byte
{
    Informational,
    Low,
    Medium,
    High,
    Critical,
}
