using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Primitives;
using Picket.Events;
using Picket.Events.Schema;
using Picket.Query;
using Picket.Query.Aggregates;
using Picket.Query.Operators;
using Picket.Query.Store;
using Picket.Server.Access;
using Picket.Server.Dialects;
using Picket.Server.Http;

namespace Picket.Server.Search;

/// <summary>Events by plain parameters, one by its id, and the values there are to choose from.</summary>
public static class EventsEndpoints
{
    private const int MostValues = 10_000;

    private static readonly string[] ListFilters = ["app", "event_type", "level"];
    private static readonly string[] Filters = ["user_id", "src_ip", "request_id", "http_status"];

    public static void MapEvents(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/events", GetEvents).Needs(Scope.SearchLogs).Describe(
            "Search", "Events by plain parameters, newest first", null, "200: a page of events, and where the next page begins",
            ["from", "to", .. ListFilters, .. Filters, "q", "limit", "cursor", "before_ts", "before_id"]);
        routes.MapGet("/events/{id}", GetEvent).Needs(Scope.SearchLogs).Describe("Search", "One event, with what its sender sent", null, "200: the event with data_json and raw_json");
        routes.MapGet("/apps", context => GetValues(context, EventSchema.App)).Needs(Scope.SearchLogs).Describe("Search", "The apps that sent events", null, "200: a list of names");
        routes.MapGet("/event-types", context => GetValues(context, EventSchema.EventType)).Needs(Scope.SearchLogs).Describe("Search", "The types of events there are", null, "200: a list of names", "app");
    }

    private static async Task GetEvents(HttpContext context)
    {
        var query = context.Request.Query;
        var parts = ListFilters.Where(name => Values(query[name]).Length > 0).Select(name => Terms.AnyOf(name, Values(query[name])))
            .Concat(Filters.Where(name => query[name].ToString().Length > 0).Select(name => Terms.Equal(name, query[name].ToString())))
            .Concat(query["q"].ToString() is { Length: > 0 } part
                ? [new Filter.Or([new Filter.Term(EventSchema.Message, new Contains(part)), new Filter.Term(new Field("http_path"), new Contains(part))])]
                : Array.Empty<Filter>());
        var request = new SearchRequest(context.Tenant(), Parameters.Range(query["from"], query["to"]), Filter.AllOf(parts))
        {
            Limit = Parameters.Number(context, "limit", query["limit"], 200, 1, Query.Limits.PageEvents),
            After = After(context),
        };
        using var page = await context.AskAsync(request);
        await JsonAnswer.WriteAsync(context, 200, json =>
        {
            json.WriteStartArray("events");
            for (var row = 0; row < page.Batch.Count; row++)
            {
                EventsDialect.Write(json, page.Batch[row], page.Log);
            }
            json.WriteEndArray();
            json.WriteString("next_cursor", context.NextCursor(page));
        });
    }

    // The cursor of an answer, or the last event that the client has.
    private static PageCursor? After(HttpContext context)
    {
        var query = context.Request.Query;
        if (query["cursor"].ToString() is { Length: > 0 } cursor)
        {
            return context.ReadCursor("cursor", cursor);
        }
        var (time, id) = (query["before_ts"].ToString(), query["before_id"].ToString());
        if (time.Length == 0 && id.Length == 0)
        {
            return null;
        }
        var instant = time.Length > 0 ? Parameters.Time("before_ts", time) : throw RequestException.BadParameter("before_ts", "is required with before_id");
        return Guid.TryParseExact(id, "D", out var guid) && EventId.TryRead(guid, out var position, out _)
            ? new PageCursor(instant, position.Seq, ulong.MaxValue)
            : throw RequestException.BadParameter("before_id", "must be the id of the event at before_ts");
    }

    private static async Task GetEvent(HttpContext context)
    {
        var found = Guid.TryParseExact(context.Request.RouteValues["id"] as string, "D", out var id)
            ? await context.RequestServices.GetRequired<IEventStore>().FindAsync(context.Tenant(), id, context.RequestAborted)
            : null;
        if (found is null)
        {
            throw new RequestException(404, ErrorWord.NotFound, "There is no event with this id");
        }
        using (found)
        {
            EventId.TryRead(id, out var position, out _);
            context.Response.ContentType = "application/json";
            using var json = new Utf8JsonWriter(context.Response.BodyWriter, JsonAnswer.Options);
            EventsDialect.WriteWhole(json, found[0], position.Log);
            await json.FlushAsync(context.RequestAborted);
        }
    }

    private static async Task GetValues(HttpContext context, Field field)
    {
        var app = Values(context.Request.Query["app"]);
        var filter = app.Length > 0 && !field.Equals(EventSchema.App) ? Terms.AnyOf("app", app) : Filter.Everything;
        var table = await context.AskAsync(new AggregateRequest(context.Tenant(), TimeRange.All, filter, new Aggregation([field], 0, [Metric.Count], MostValues)));
        context.Response.ContentType = "application/json";
        using var json = new Utf8JsonWriter(context.Response.BodyWriter, JsonAnswer.Options);
        json.WriteStartArray();
        foreach (var name in table.Rows.Select(row => row.Key[0].Text).OfType<string>().Order(StringComparer.Ordinal))
        {
            json.WriteStringValue(name);
        }
        json.WriteEndArray();
        await json.FlushAsync(context.RequestAborted);
    }

    // Repeated, or apart by commas.
    private static string[] Values(StringValues given) =>
        [.. given.SelectMany(text => (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];
}
