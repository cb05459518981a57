using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Picket.Events.Schema;
using Picket.Query;
using Picket.Query.Language;
using Picket.Query.Operators;
using Picket.Query.Store;
using Picket.Server.Access;
using Picket.Server.Dialects;
using Picket.Server.Http;

namespace Picket.Server.Search;

/// <summary>Questions over HTTP.</summary>
public static class SearchEndpoints
{
    private static readonly string[] Severities = ["info", "low", "medium", "high", "critical"];

    public static void MapSearch(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/logs/search", PostSearch).Needs(Scope.SearchLogs).Describe("Search", "Find events, newest first", "{\"query\":\"timeout\",\"level\":\"error\",\"size\":10}", "200: a page of events, how many match, and where the next page begins");
        routes.MapPost("/v1/logs/aggregate", PostAggregate).Needs(Scope.SearchLogs).Describe("Search", "Count and measure events, by fields and by time", "{\"query\":\"timeout\",\"group_by\":\"level\",\"interval\":\"1h\"}", "200: buckets, each with its count and the metric; within an interval those of the fields");
        routes.MapGet("/api/v1/logs/query", GetLogs).Needs(Scope.SearchLogs).Describe("Search", "Logs of a time range, counted exactly", null, "200: total, count and logs", "start_time", "end_time", "severity", "source", "limit", "offset");
    }

    private static async Task PostSearch(HttpContext context)
    {
        using var body = await RequestBody.ReadAllAsync(context.Request, context.RequestAborted);
        var asked = SearchBody.Parse(body.Length == 0 ? "{}"u8 : body.Written);
        var (request, named) = ReadSearch(context, asked);
        using var page = await context.AskAsync(request);
        var hints = page.Total == 0 ? await context.HintsAsync(named, request.Time) : [];
        await JsonAnswer.WriteAsync(context, 200, json =>
        {
            json.WriteStartArray("hits");
            for (var row = 0; row < page.Batch.Count; row++)
            {
                NativeDialect.Write(json, page.Batch[row], page.Log);
            }
            json.WriteEndArray();
            json.WriteNumber("total", page.Total);
            json.WriteString("total_relation", page.TotalIsExact ? "eq" : "gte");
            json.WritePropertyName("search_after");
            if (context.NextCursor(page) is { } next)
            {
                json.WriteStartArray();
                json.WriteStringValue(next);
                json.WriteEndArray();
            }
            else
            {
                json.WriteNullValue();
            }
            Hints.Write(json, hints);
            if (asked.Explain)
            {
                Explanation.Write(json, request.Filter, request.Time, request.Counts);
            }
        });
    }

    private static async Task PostAggregate(HttpContext context)
    {
        using var body = await RequestBody.ReadAllAsync(context.Request, context.RequestAborted);
        var asked = SearchBody.Parse(body.Length == 0 ? "{}"u8 : body.Written);
        var aggregation = AggregateBody.Read(asked);
        var (filter, stretch, named) = asked.Question(context.Now());
        var request = new AggregateRequest(context.Tenant(), stretch, filter, aggregation);
        var table = await context.AskAsync(request);
        var hints = table.Rows.Count == 0 ? await context.HintsAsync(named, stretch) : [];
        await JsonAnswer.WriteAsync(context, 200, json =>
        {
            AggregateBody.Write(json, aggregation, table);
            Hints.Write(json, hints);
            if (asked.Explain)
            {
                Explanation.Write(json, filter, stretch, request.Counts);
            }
        });
    }

    private static async Task GetLogs(HttpContext context)
    {
        var query = context.Request.Query;
        var time = new TimeRange(Required(query, "start_time"), Required(query, "end_time"));
        if (time.To <= time.From)
        {
            throw RequestException.BadParameter("end_time", "must be after start_time");
        }
        var parts = new List<Filter>();
        var severities = query["severity"].SelectMany(text => (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).ToArray();
        if (severities.Length > 0)
        {
            foreach (var severity in severities)
            {
                if (!Severities.Contains(severity.ToLowerInvariant()))
                {
                    throw RequestException.BadParameter("severity", $"must be of CRITICAL, HIGH, MEDIUM, LOW, INFO; it has {severity}");
                }
            }
            parts.Add(Terms.AnyOf("severity", severities));
        }
        if (query["source"].ToString() is { Length: > 0 } source)
        {
            parts.Add(SourceIs(source));
        }
        var request = new SearchRequest(context.Tenant(), time, Filter.AllOf(parts))
        {
            Limit = Parameters.Number(context, "limit", query["limit"], 100, 1, Query.Limits.PageEvents),
            Offset = Parameters.Number(context, "offset", query["offset"], 0, 0, int.MaxValue - Query.Limits.PageEvents - 1),
            CountTo = long.MaxValue,
        };
        using var page = await context.AskAsync(request);
        await JsonAnswer.WriteAsync(context, 200, json =>
        {
            json.WriteNumber("total", page.Total);
            json.WriteNumber("count", page.Batch.Count);
            json.WriteStartArray("logs");
            for (var row = 0; row < page.Batch.Count; row++)
            {
                LogsDialect.Write(json, page.Batch[row], page.Log);
            }
            json.WriteEndArray();
        });
    }

    // The answer's source falls back to the app, then the host, and so does the filter.
    private static Filter SourceIs(string source)
    {
        static Filter Has(Field field) => new Filter.Term(field, new Exists());
        var (own, app, host) = (EventSchema.Source, EventSchema.App, EventSchema.Host);
        return new Filter.Or(
        [
            Terms.Equal(own, source),
            new Filter.And([new Filter.Not(Has(own)), Terms.Equal(app, source)]),
            new Filter.And([new Filter.Not(Has(own)), new Filter.Not(Has(app)), Terms.Equal(host, source)]),
        ]);
    }

    private static long Required(IQueryCollection query, string name) =>
        query[name].ToString() is { Length: > 0 } text ? Parameters.Time(name, text) : throw RequestException.BadParameter(name, "is required");

    private static (SearchRequest Request, IReadOnlyList<NamedField> Named) ReadSearch(HttpContext context, SearchBody asked)
    {
        var sort = asked.Text("sort") ?? "desc";
        if (sort is not ("asc" or "desc"))
        {
            throw RequestException.BadParameter("sort", $"must be asc or desc; it is {sort}");
        }
        var (filter, stretch, named) = asked.Question(context.Now());
        var request = new SearchRequest(context.Tenant(), stretch, filter)
        {
            Limit = Parameters.Number(context, "size", asked.Text("size"), 50, 1, Query.Limits.PageEvents),
            NewestFirst = sort == "desc",
            After = ReadCursor(context, asked.Root),
            CountTo = asked.Text("track_total") == "true" ? long.MaxValue : Query.Limits.CountedTotal,
        };
        return (request, named);
    }

    private static PageCursor? ReadCursor(HttpContext context, JsonElement root)
    {
        if (!root.TryGetProperty("search_after", out var cursor) || cursor.ValueKind == JsonValueKind.Null)
        {
            return null;
        }
        return cursor.ValueKind == JsonValueKind.Array && cursor.GetArrayLength() == 1 && cursor[0].ValueKind == JsonValueKind.String
            ? context.ReadCursor("search_after", cursor[0].GetString()!)
            : throw RequestException.BadParameter("search_after", "must be what an earlier answer gave as search_after, unchanged");
    }
}
