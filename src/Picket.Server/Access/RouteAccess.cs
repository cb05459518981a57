using Microsoft.AspNetCore.Builder;

namespace Picket.Server.Access;

/// <summary>What a route demands. A route without one is refused to everybody.</summary>
/// <param name="Scope">The scope needed; null: any key will do.</param>
/// <param name="Anonymous">No key is needed.</param>
/// <param name="LoopbackAnonymous">No key is needed from this machine.</param>
public sealed record RouteAccess(string? Scope = null, bool Anonymous = false, bool LoopbackAnonymous = false);

public static class RouteAccessExtensions
{
    public static T Needs<T>(this T route, string scope) where T : IEndpointConventionBuilder => route.WithMetadata(new RouteAccess(scope));

    public static T NeedsAnyKey<T>(this T route) where T : IEndpointConventionBuilder => route.WithMetadata(new RouteAccess());

    public static T NeedsNoKey<T>(this T route) where T : IEndpointConventionBuilder => route.WithMetadata(new RouteAccess(Anonymous: true));

    public static T NeedsKeyFromElsewhere<T>(this T route) where T : IEndpointConventionBuilder => route.WithMetadata(new RouteAccess(LoopbackAnonymous: true));
}
