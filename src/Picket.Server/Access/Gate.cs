using System.Net;
using Microsoft.AspNetCore.Http;
using Picket.Server.Http;

namespace Picket.Server.Access;

/// <summary>Lets a request through to its route, or not: whoever the key says, if the route's scope is among its scopes and its minute has room.</summary>
public sealed class Gate(RequestDelegate next, ApiKeys keys, AnonymousAccess anonymous, RateLimiter limiter)
{
    public async Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint() is not { } endpoint)
        {
            await next(context);
            return;
        }
        var access = endpoint.Metadata.GetMetadata<RouteAccess>();
        if (access is { Anonymous: true } || (access is { LoopbackAnonymous: true } && IsLoopback(context)) || IsMethodMismatch(endpoint))
        {
            await next(context);
            return;
        }
        var caller = await IdentifyAsync(context)
            ?? throw new RequestException(401, ErrorWord.Unauthorized, "A valid API key is needed, in the header X-API-Key or as Authorization: Bearer");
        if (access is null || (access.Scope is { } scope && !caller.Scopes.Contains(scope)))
        {
            throw new RequestException(403, ErrorWord.InsufficientScope, $"This key lacks the scope {access?.Scope ?? Scope.Admin}");
        }
        context.Features.Set(caller);
        limiter.Count(context, caller);
        await next(context);
    }

    private static bool IsMethodMismatch(Endpoint endpoint) => endpoint.DisplayName?.StartsWith("405", StringComparison.Ordinal) == true;

    private static bool IsLoopback(HttpContext context) => context.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address);

    private async Task<Caller?> IdentifyAsync(HttpContext context)
    {
        var text = context.Request.Headers["X-API-Key"].ToString();
        if (text.Length == 0 && context.Request.Headers.Authorization.ToString() is var header && header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
        {
            text = header["Bearer ".Length..].Trim();
        }
        if (text.Length == 0)
        {
            return anonymous.Find(context);
        }
        return await keys.FindAsync(text, context.RequestAborted) is { } key
            ? new Caller(key.Tenant, key.TenantName!, key.Id, key.Name, key.Scopes, key.RateLimit)
            : null;
    }
}
