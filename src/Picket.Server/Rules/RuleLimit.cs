using Picket.Events;
using Picket.Metastore;
using Picket.Server.Http;

namespace Picket.Server.Rules;

/// <summary>How many rules a tenant may have: each takes memory and start-up time of the server.</summary>
public sealed class RuleLimit(RuleTable rules)
{
    public const int PerTenant = 20_000;

    /// <exception cref="RequestException">With so many more there would be too many.</exception>
    public async Task CheckAsync(TenantId tenant, int more, CancellationToken cancellation)
    {
        if (await rules.CountAsync(tenant, cancellation) + more > PerTenant)
        {
            throw new RequestException(400, ErrorWord.ValidationFailed, $"A tenant has at most {PerTenant:N0} rules. Delete some, or leave out those for products you do not have");
        }
    }
}
