using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Picket.Detection.Rules;
using Picket.Metastore;
using Picket.Server.Access;
using Picket.Server.Dialects;
using Picket.Server.Http;
using Picket.Server.Search;

namespace Picket.Server.Rules;

/// <summary>Exceptions of rules over HTTP: events of which a rule raises nothing, with the reason, and until when.</summary>
public static class ExceptionEndpoints
{
    private const string Route = "/v1/alerts/rules/{id}/exceptions";
    private const string Example = "{\"filter\":\"src_ip:10.0.0.5\",\"reason\":\"our scanner\",\"expires_at\":\"2027-01-01T00:00:00Z\"}";

    // Of a rule; with more of them the rule itself is wrong, or a list is meant.
    private const int Most = 1_000;
    private const int MostReason = 10_000;
    private const int MostFilter = 65_536;

    public static void MapExceptions(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(Route, GetAsync).Needs(Scope.AlertsRead).Describe("Alerts", "What a rule raises nothing of", null, "200: the exceptions, those that have expired too");
        routes.MapPost(Route, PostAsync).Needs(Scope.AlertsWrite).Describe("Alerts", "Has a rule raise nothing of some events that come from now on; exceptions stay when the rule is changed", Example, "201: the exception");
        routes.MapDelete(Route + "/{exception}", DeleteAsync).Needs(Scope.AlertsWrite).Describe("Alerts", "Takes an exception away", null, "204: nothing");
    }

    private static async Task GetAsync(HttpContext context)
    {
        var rule = await RuleEndpoints.FindAsync(context);
        var exceptions = await context.RequestServices.GetRequired<ExceptionTable>().ListAsync(context.Tenant(), rule.Id, context.RequestAborted);
        await JsonAnswer.WriteAsync(context, 200, json =>
        {
            json.WriteStartArray("exceptions");
            foreach (var exception in exceptions)
            {
                json.WriteStartObject();
                Write(json, exception);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteNull("next_cursor");
        });
    }

    private static async Task PostAsync(HttpContext context)
    {
        var (rule, table) = (await RuleEndpoints.FindAsync(context), context.RequestServices.GetRequired<ExceptionTable>());
        using var body = await JsonObject.ReadAsync(context, Example, "filter", "reason", "expires_at");
        var filter = await FilterAsync(context, body);
        var reason = body.Text("reason", MostReason);
        if (string.IsNullOrWhiteSpace(reason))
        {
            throw RequestException.BadParameter("reason", "is needed: why the rule is to raise nothing of these events");
        }
        if ((await table.ListAsync(context.Tenant(), rule.Id, context.RequestAborted)).Count >= Most)
        {
            throw new RequestException(400, ErrorWord.ValidationFailed, $"A rule has at most {Most:N0} exceptions. Values that are many go into a list: POST /v1/lists/{{name}}, and the exception src_ip:in:name");
        }
        var exception = new StoredException(
            Guid.CreateVersion7(context.RequestServices.GetRequired<TimeProvider>().GetUtcNow()), context.Tenant(), rule.Id, filter, reason, context.Features.Get<Caller>()!.KeyName, context.Now(), body.TimeAhead("expires_at", context.Now()));
        await table.AddAsync(exception, context.RequestAborted);
        context.RequestServices.GetRequired<DetectionService>().RefinementsChanged();
        context.Response.Headers.Location = $"/v1/alerts/rules/{Uri.EscapeDataString(rule.Id)}/exceptions/{exception.Id}";
        await JsonAnswer.WriteAsync(context, 201, json => Write(json, exception));
    }

    private static async Task DeleteAsync(HttpContext context)
    {
        var rule = (string)context.Request.RouteValues["id"]!;
        if (!Guid.TryParse((string)context.Request.RouteValues["exception"]!, out var id) || !await context.RequestServices.GetRequired<ExceptionTable>().DeleteAsync(context.Tenant(), rule, id, context.RequestAborted))
        {
            throw new RequestException(404, ErrorWord.NotFound, "The rule has no such exception");
        }
        context.RequestServices.GetRequired<DetectionService>().RefinementsChanged();
        context.Response.StatusCode = 204;
    }

    // As the query language writes it: what comes as an object of fields too.
    private static async Task<string> FilterAsync(HttpContext context, JsonObject body)
    {
        var text = body.Member("filter") switch
        {
            { ValueKind: JsonValueKind.String } typed => typed.GetString()!,
            { ValueKind: JsonValueKind.Object } fields => string.Join(' ', fields.EnumerateObject().Select(field => $"{field.Name}:{Value(field.Value)}")),
            _ => throw RequestException.BadParameter("filter", "is needed: which events, such as \"src_ip:10.0.0.5\" or {\"src_ip\":\"10.0.0.5\"}"),
        };
        if (string.IsNullOrWhiteSpace(text) || text.Length > MostFilter)
        {
            throw RequestException.BadParameter("filter", $"must say which events, in at most {MostFilter:N0} characters");
        }
        var names = (await context.RequestServices.GetRequired<ListTable>().NamesAsync(context.Tenant(), context.RequestAborted)).Select(list => list.Name).ToHashSet(StringComparer.Ordinal);
        try
        {
            Exceptions.Read(text, name => names.Contains(name) ? [] : null);
        }
        catch (FormatException error)
        {
            throw RequestException.BadParameter("filter", $"cannot be used: {error.Message}");
        }
        return text;
    }

    private static string Value(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => Query.Language.QueryPrinter.Text(value.GetString()!),
        JsonValueKind.Number => value.GetRawText(),
        _ => throw RequestException.BadParameter("filter", "as an object has a text or a number for each field"),
    };

    private static void Write(Utf8JsonWriter json, StoredException exception)
    {
        json.WriteString("id", exception.Id);
        json.WriteString("rule_id", exception.Rule);
        json.WriteString("filter", exception.Filter);
        json.WriteString("reason", exception.Reason);
        json.WriteString("created_by", exception.By);
        EventJson.WriteTime(json, "created_at", exception.CreatedAt);
        EventJson.WriteTime(json, "expires_at", exception.ExpiresAt);
    }
}
