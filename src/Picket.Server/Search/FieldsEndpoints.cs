using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Query;
using Picket.Query.Aggregates;
using Picket.Query.Language;
using Picket.Query.Operators;
using Picket.Query.Store;
using Picket.Server.Access;
using Picket.Server.Http;

namespace Picket.Server.Search;

/// <summary>Which fields and values there are, to choose from.</summary>
public static class FieldsEndpoints
{
    public static void MapFields(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/fields", GetFields).Needs(Scope.SearchLogs).Describe(
            "Search", "The fields that events have", null, "200: names with the types of their values and how many events have them, the most frequent first", "from", "to", "query");
        routes.MapGet("/v1/fields/{name}/values", GetValues).Needs(Scope.SearchLogs).Describe(
            "Search", "The most frequent values of a field", null, "200: values with their counts, the most frequent first", "from", "to", "query", "q", "limit");
    }

    private static async Task GetFields(HttpContext context)
    {
        var (filter, time) = Question(context);
        var fields = await context.MeasureAsync(() => context.RequestServices.GetRequired<IEventStore>().FieldsAsync(new FieldsRequest(context.Tenant(), time, filter), context.RequestAborted));
        await JsonAnswer.WriteAsync(context, 200, json =>
        {
            json.WriteStartArray("fields");
            foreach (var field in fields)
            {
                json.WriteStartObject();
                json.WriteString("name", field.Field.Name);
                json.WriteStartArray("types");
                foreach (var type in field.Kinds.Select(TypeOf).Distinct())
                {
                    json.WriteStringValue(type);
                }
                json.WriteEndArray();
                json.WriteNumber("count", field.Events);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        });
    }

    private static async Task GetValues(HttpContext context)
    {
        var query = context.Request.Query;
        var field = EventSchema.Resolve((string)context.Request.RouteValues["name"]!);
        var (filter, time) = Question(context);
        Operator op = query["q"].ToString() is { Length: > 0 } part ? new Contains(part) : new Exists();
        var limit = Parameters.Number(context, "limit", query["limit"], 10, 1, Query.Limits.PageEvents);
        var table = await context.AskAsync(new AggregateRequest(
            context.Tenant(), time, Filter.AllOf([filter, new Filter.Term(field, op)]), new Aggregation([field], 0, [Metric.Count], limit)));
        await JsonAnswer.WriteAsync(context, 200, json =>
        {
            json.WriteString("field", field.Name);
            json.WriteStartArray("values");
            foreach (var row in table.Rows)
            {
                json.WriteStartObject();
                json.WriteString("value", row.Key[0].Text);
                json.WriteNumber("count", row.Count);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        });
    }

    private static (Filter Filter, TimeRange Time) Question(HttpContext context)
    {
        var query = context.Request.Query;
        var asked = QueryParser.ParseFilter(query["query"].ToString(), context.Now());
        return (asked.Filter, asked.Time.And(Parameters.Range(query["from"], query["to"])));
    }

    private static string TypeOf(ValueKind kind) => kind switch
    {
        ValueKind.Integer => "integer",
        ValueKind.Decimal => "number",
        ValueKind.True or ValueKind.False => "boolean",
        ValueKind.Null => "null",
        ValueKind.Json or ValueKind.DeepJson => "array",
        ValueKind.Instant => "instant",
        _ => "text",
    };
}
