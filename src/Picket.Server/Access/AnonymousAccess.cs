using System.Text;
using Microsoft.AspNetCore.Http;
using Picket.Events;
using Picket.Metastore;
using Picket.Server.Hosting;

namespace Picket.Server.Access;

/// <summary>
/// Lets clients of older systems in that send no key, where the settings say so: on their routes alone, from the named networks alone, with the named
/// scopes alone. Off unless a scope is named.
/// </summary>
public sealed class AnonymousAccess
{
    private static readonly string[] Paths = ["/api/v1", "/alerts", "/sync", "/config"];
    private readonly Network[] networks;
    private readonly Caller? caller;

    /// <param name="settings">What is allowed.</param>
    /// <param name="tenant">The tenant that the settings name.</param>
    public AnonymousAccess(Settings settings, Tenant tenant)
    {
        Scopes = settings.List("anonymous.scopes");
        networks = [.. settings.List("anonymous.from").Select(text => Network.TryParse(text, out var network) ? network : default)];
        caller = Scopes.Count > 0 ? new Caller(tenant.Number, tenant.Id, "anonymous", "anonymous", Scopes, 0) : null;
    }

    /// <summary>What callers without a key may do; empty: nothing.</summary>
    public IReadOnlyList<string> Scopes { get; }

    public Caller? Find(HttpContext context) =>
        caller is not null && Paths.Any(path => context.Request.Path.StartsWithSegments(path, StringComparison.Ordinal))
        && context.Connection.RemoteIpAddress is { } remote
        && Address.TryParse(Encoding.ASCII.GetBytes(remote.ToString()), out var address, out _) && networks.Any(network => network.Contains(address))
            ? caller
            : null;
}
