using Picket.Events;
using Picket.Metastore;

namespace Picket.Server.Access;

/// <summary>The key of the very first start: from the setting <c>bootstrap_key</c>, or drawn. It may do everything and has no rate limit.</summary>
public static class FirstKey
{
    /// <summary>The key's text when one was made now; null when there were keys already.</summary>
    public static async Task<string?> MakeAsync(ApiKeyTable table, string? wanted, CancellationToken cancellation)
    {
        if (await table.AnyAsync(cancellation))
        {
            return null;
        }
        var (_, text) = await table.AddAsync(TenantId.Default, "first key", Scope.All, rateLimit: 0, expiresAt: null, wanted, cancellation);
        return text;
    }
}
