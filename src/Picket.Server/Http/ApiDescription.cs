using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Picket.Server.Access;
using Picket.Server.Hosting;

namespace Picket.Server.Http;

/// <summary>
/// OpenAPI 3.0 of the routes, from what each says of itself. Written here and not generated from types, because bodies are parsed to columns and
/// never become types.
/// </summary>
public static class ApiDescription
{
    public static void MapDescription(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/openapi/v1.json", Get).NeedsNoKey();
        routes.MapGet("/openapi.json", Get).NeedsNoKey();
    }

    private static Task Get(HttpContext context)
    {
        var endpoints = context.RequestServices.GetRequired<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<RouteDoc>() is not null).ToArray();
        return JsonAnswer.WriteAsync(context, 200, json =>
        {
            json.WriteString("openapi", "3.0.3");
            json.WriteStartObject("info");
            json.WriteString("title", "Picket");
            json.WriteString("version", typeof(ApiDescription).Assembly.GetName().Version?.ToString(3));
            json.WriteEndObject();
            json.WriteStartArray("servers");
            json.WriteStartObject();
            json.WriteString("url", context.RequestServices.GetRequired<Settings>().Text("server.root_path") is { Length: > 0 } prefix ? prefix : "/");
            json.WriteEndObject();
            json.WriteEndArray();
            WriteSecurity(json);
            json.WriteStartObject("paths");
            foreach (var path in endpoints.GroupBy(endpoint => endpoint.RoutePattern.RawText!))
            {
                json.WriteStartObject(path.Key);
                foreach (var endpoint in path)
                {
                    WriteOperation(json, endpoint);
                }
                json.WriteEndObject();
            }
            json.WriteEndObject();
        });
    }

    private static void WriteSecurity(Utf8JsonWriter json)
    {
        json.WriteStartObject("components");
        json.WriteStartObject("securitySchemes");
        json.WriteStartObject("key");
        json.WriteString("type", "apiKey");
        json.WriteString("in", "header");
        json.WriteString("name", "X-API-Key");
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteOperation(Utf8JsonWriter json, RouteEndpoint endpoint)
    {
        var doc = endpoint.Metadata.GetMetadata<RouteDoc>()!;
        var access = endpoint.Metadata.GetMetadata<RouteAccess>();
        json.WriteStartObject(endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods[0].ToLowerInvariant());
        json.WriteStartArray("tags");
        json.WriteStringValue(doc.Area);
        json.WriteEndArray();
        json.WriteString("summary", doc.Summary);
        if (access is { Anonymous: false, LoopbackAnonymous: false })
        {
            json.WriteString("description", access.Scope is { } scope ? $"Needs the scope `{scope}`." : "Needs any key.");
            json.WriteStartArray("security");
            json.WriteStartObject();
            json.WriteStartArray("key");
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndArray();
        }
        json.WriteStartArray("parameters");
        foreach (var (name, place) in endpoint.RoutePattern.Parameters.Select(part => (part.Name, "path")).Concat(doc.Parameters.Select(name => (name, "query"))))
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteString("in", place);
            json.WriteBoolean("required", place == "path");
            json.WriteStartObject("schema");
            json.WriteString("type", "string");
            json.WriteEndObject();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        if (doc.Example is not null)
        {
            json.WriteStartObject("requestBody");
            json.WriteStartObject("content");
            json.WriteStartObject(doc.Example.Contains('\n') ? "application/x-ndjson" : "application/json");
            json.WritePropertyName("example");
            if (doc.Example.Contains('\n'))
            {
                json.WriteStringValue(doc.Example);
            }
            else
            {
                json.WriteRawValue(doc.Example);
            }
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
        }
        var colon = doc.Answer.IndexOf(':');
        json.WriteStartObject("responses");
        foreach (var (status, text) in new[] { (doc.Answer[..colon], doc.Answer[(colon + 2)..]), ("default", "An error: problem details with a stable word in `error`") })
        {
            json.WriteStartObject(status);
            json.WriteString("description", text);
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
