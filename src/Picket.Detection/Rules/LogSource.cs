namespace Picket.Detection.Rules;

/// <summary>Which events a rule is written for; a part that is null asks nothing. In lower case.</summary>
/// <param name="Product">Such as <c>windows</c>.</param>
/// <param name="Service">Such as <c>sysmon</c>.</param>
/// <param name="Category">Such as <c>process_creation</c>.</param>
public sealed record LogSource(string? Product, string? Service, string? Category);
