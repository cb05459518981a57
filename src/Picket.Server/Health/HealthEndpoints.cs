using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Picket.Metastore;
using Picket.Server.Access;
using Picket.Server.Http;
using Picket.Server.Ingest;
using Picket.Storage;

namespace Picket.Server.Health;

/// <summary>Whether the server lives, and whether it can work.</summary>
public static class HealthEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/healthz", GetLiveness).NeedsNoKey().Describe("Health", "Whether the process lives", null, "200: ok");
        routes.MapGet("/v1/readyz", GetReadiness).NeedsNoKey().Describe("Health", "Whether it can take and find events", null, "200: ready, or 503 naming what is not");
        routes.MapGet("/ready", GetReadiness).NeedsNoKey().Describe("Health", "The same", null, "200: ready, or 503 naming what is not");
        routes.MapGet("/health", GetHealth).NeedsNoKey().Describe("Health", "Status, connections and ingestion", null, "200: healthy or degraded, or 503: unhealthy");
    }

    private static Task GetLiveness(HttpContext context) => JsonAnswer.WriteAsync(context, 200, json => json.WriteString("status", "ok"));

    private static async Task GetReadiness(HttpContext context)
    {
        var failing = await FailingAsync(context);
        await JsonAnswer.WriteAsync(context, failing.Count == 0 ? 200 : 503, json =>
        {
            json.WriteString("status", failing.Count == 0 ? "ready" : "not_ready");
            json.WriteStartArray("not_ready");
            failing.ForEach(json.WriteStringValue);
            json.WriteEndArray();
        });
    }

    private static async Task GetHealth(HttpContext context)
    {
        var failing = await FailingAsync(context);
        var metrics = context.RequestServices.GetRequired<IngestMetrics>();
        var store = context.RequestServices.GetRequired<EmbeddedStore>();
        await JsonAnswer.WriteAsync(context, failing.Count == 0 ? 200 : 503, json =>
        {
            json.WriteString("status", failing.Count == 0 ? "healthy" : "unhealthy");
            json.WriteString("database", failing.Contains("metastore") ? "disconnected" : "connected");
            json.WriteString("postgres", "not_configured");
            json.WriteString("redis", "not_configured");
            json.WriteNull("last_sync_time");
            json.WriteNull("last_event_time");
            json.WriteNull("last_error");
            if (context.RequestServices.GetRequired<AnonymousAccess>().Scopes is { Count: > 0 } scopes)
            {
                json.WriteString("anonymous", string.Join(' ', scopes));
            }
            json.WriteStartObject("ingestion");
            json.WriteNumber("events_ingested", store.Durable.Seq);
            json.WriteNumber("parse_errors", metrics.Rejected);
            json.WriteStartArray("files");
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    private static async Task<List<string>> FailingAsync(HttpContext context)
    {
        var failing = new List<string>();
        try
        {
            await context.RequestServices.GetRequired<Migrations>().VersionAsync(context.RequestAborted);
        }
        catch (System.Data.Common.DbException)
        {
            failing.Add("metastore");
        }
        if (!context.RequestServices.GetRequired<EmbeddedStore>().IsWritable)
        {
            failing.Add("storage");
        }
        return failing;
    }
}
