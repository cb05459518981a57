using Picket.Events;

namespace Picket.Metastore;

/// <summary>A key as it is kept: never itself, only its hash and its first characters.</summary>
/// <param name="Scopes">What it may do.</param>
/// <param name="RateLimit">Requests in a sliding minute; 0: no limit.</param>
public sealed record ApiKey(
    string Id, TenantId Tenant, string Name, string Prefix, IReadOnlyList<string> Scopes, int RateLimit,
    DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? RevokedAt)
{
    /// <summary>The tenant's id, as people write it; null of one just made.</summary>
    public string? TenantName { get; init; }

    public const int DefaultRateLimit = 1_000;

    public bool IsUsable(DateTimeOffset now) => RevokedAt is null && (ExpiresAt is null || ExpiresAt > now);
}
