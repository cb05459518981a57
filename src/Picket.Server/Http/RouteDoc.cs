using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Picket.Server.Http;

/// <summary>What the API's description says of a route.</summary>
/// <param name="Area">The group it is listed in.</param>
/// <param name="Summary">What it does, in a line.</param>
/// <param name="Example">A body to send; null for none.</param>
/// <param name="Answer">The status of success and what it brings: <c>200: …</c>.</param>
/// <param name="Parameters">Query parameters.</param>
public sealed record RouteDoc(string Area, string Summary, string? Example, string Answer, params string[] Parameters);

public static class RouteDocExtensions
{
    public static T Describe<T>(this T route, string area, string summary, string? example, string answer, params string[] parameters)
        where T : IEndpointConventionBuilder => route.WithMetadata(new RouteDoc(area, summary, example, answer, parameters));

    public static T GetRequired<T>(this IServiceProvider services) where T : notnull => services.GetRequiredService<T>();
}
