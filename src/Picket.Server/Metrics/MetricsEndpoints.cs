using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Picket.Server.Access;
using Picket.Server.Http;
using Picket.Server.Ingest;
using Picket.Server.Search;
using Picket.Storage;

namespace Picket.Server.Metrics;

/// <summary>Figures for people's scripts and for Prometheus.</summary>
public static class MetricsEndpoints
{
    public static void MapMetrics(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/metrics", GetMetrics).NeedsAnyKey().Describe("Metrics", "Rates, totals and latencies", null, "200: the figures");
        routes.MapGet("/metrics", GetPrometheus).NeedsKeyFromElsewhere().Describe("Metrics", "All instruments in Prometheus' text format", null, "200: the text");
    }

    private static Task GetMetrics(HttpContext context)
    {
        var services = context.RequestServices;
        var (ingest, search, stored) = (services.GetRequired<IngestMetrics>(), services.GetRequired<SearchMetrics>(), services.GetRequired<EmbeddedStore>().Statistics);
        // Of answers: the rows of blocks and the tables of aggregates.
        var (hits, misses) = (stored.BlocksKnown + stored.TablesKnown, stored.BlocksMatched + stored.TablesMade);
        return JsonAnswer.WriteAsync(context, 200, json =>
        {
            json.WriteNumber("ingestion_rate", Math.Round(ingest.Rate.PerSecond, 1));
            json.WriteNumber("total_logs_ingested", stored.LastSeq);
            json.WriteNumber("total_queries", search.Latencies.Count);
            json.WriteNumber("avg_ingestion_latency_ms", Math.Round(ingest.Latencies.Average, 3));
            json.WriteNumber("p95_ingestion_latency_ms", Math.Round(ingest.Latencies.Percentile(95), 3));
            json.WriteNumber("p99_ingestion_latency_ms", Math.Round(ingest.Latencies.Percentile(99), 3));
            json.WriteNumber("avg_query_latency_ms", Math.Round(search.Latencies.Average, 3));
            json.WriteNumber("p95_query_latency_ms", Math.Round(search.Latencies.Percentile(95), 3));
            json.WriteNumber("cache_hit_ratio", hits + misses == 0 ? 0 : Math.Round(hits / (double)(hits + misses), 4));
            json.WriteNumber("cache_hits", hits);
            json.WriteNumber("cache_misses", misses);
            json.WriteNumber("uptime_seconds", (long)services.GetRequired<Uptime>().Elapsed.TotalSeconds);
        });
    }

    private static Task GetPrometheus(HttpContext context)
    {
        context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
        return context.Response.WriteAsync(context.RequestServices.GetRequired<PrometheusText>().Write(), context.RequestAborted);
    }
}
