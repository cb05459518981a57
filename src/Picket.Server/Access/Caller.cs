using Picket.Events;

namespace Picket.Server.Access;

/// <summary>Who asks: the key, and the tenant it acts for.</summary>
public sealed record Caller(TenantId Tenant, string TenantName, string KeyId, IReadOnlyList<string> Scopes, int RateLimit);
