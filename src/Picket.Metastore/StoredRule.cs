using Picket.Events;

namespace Picket.Metastore;

/// <summary>A tenant's rule as it is kept: its text, never what is compiled of it.</summary>
/// <param name="Tenant">Whose.</param>
/// <param name="Id">Names it for ever.</param>
/// <param name="Version">Counted from 1; rises with each change, a deletion too.</param>
/// <param name="IsActive">Whether it is run.</param>
/// <param name="Text">YAML or JSON; null for a rule of the built-in pack, of which a tenant only says whether it is run.</param>
/// <param name="CreatedAt">When its first version was made.</param>
/// <param name="UpdatedAt">When this version was made.</param>
public sealed record StoredRule(TenantId Tenant, string Id, int Version, bool IsActive, string? Text, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt)
{
    /// <summary>This version holds for events behind this one; null while it is not taken, and where it was not asked for.</summary>
    public LogPosition? HoldsAfter { get; init; }
}

/// <summary>A change to make.</summary>
/// <param name="Id">Of which rule.</param>
/// <param name="Text">The new text; null for a rule of the built-in pack.</param>
/// <param name="IsActive">Whether it is run from now on.</param>
/// <param name="IsDeleted">Whether it goes.</param>
public sealed record RuleChange(string Id, string? Text, bool IsActive, bool IsDeleted = false);
