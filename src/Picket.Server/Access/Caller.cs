using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Picket.Events;

namespace Picket.Server.Access;

/// <summary>Who asks: the key, and the tenant it acts for.</summary>
public sealed record Caller(TenantId Tenant, string TenantName, string KeyId, string KeyName, IReadOnlyList<string> Scopes, int RateLimit);

public static class CallerExtensions
{
    /// <summary>The tenant that a request acts for.</summary>
    public static TenantId Tenant(this HttpContext context) => context.Features.GetRequiredFeature<Caller>().Tenant;
}
