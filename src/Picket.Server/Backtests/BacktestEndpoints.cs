using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Picket.Events;
using Picket.Query;
using Picket.Server.Access;
using Picket.Server.Http;
using Picket.Server.Rules;

namespace Picket.Server.Backtests;

/// <summary>Backtests over HTTP: begun, looked at while they run, cancelled.</summary>
public static class BacktestEndpoints
{
    private const string Jobs = "/v1/alerts/rules/backtest";
    private const string Example = "{\"from\":\"2026-01-13T00:00:00Z\",\"to\":\"2026-01-20T00:00:00Z\",\"rule\":{\"title\":\"Root logged in\",\"query\":\"app:sshd user:root\",\"group_by\":\"src_ip\"}}";

    // Where nothing is said.
    private const long Days = 7;

    public static void MapBacktests(this IEndpointRouteBuilder routes)
    {
        routes.MapPost(Jobs, PostAsync).Needs(Scope.AlertsWrite).Describe("Alerts", "Tries a rule that is not saved, or without one all that are active, over stored events", Example, "202: the job; Location says where it is");
        routes.MapPost("/v1/alerts/rules/{id}/backtest", PostAsync).Needs(Scope.AlertsWrite).Describe(
            "Alerts", "Tries a rule over stored events; with a changed one beside it, what differs; with apply it raises the alerts", "{\"from\":\"2026-01-13T00:00:00Z\"}", "202: the job; Location says where it is");
        routes.MapGet(Jobs, GetAllAsync).Needs(Scope.AlertsRead).Describe("Alerts", "The backtests since the server's start, the newest first", null, "200: a list");
        routes.MapGet(Jobs + "/{job}", GetAsync).Needs(Scope.AlertsRead).Describe("Alerts", "How far a backtest is, and what it found", null, "200: the job");
        routes.MapDelete(Jobs + "/{job}", DeleteAsync).Needs(Scope.AlertsWrite).Describe("Alerts", "Cancels a backtest", null, "200: the job");
    }

    private static async Task PostAsync(HttpContext context)
    {
        var request = await ReadAsync(context);
        var job = context.RequestServices.GetRequired<BacktestService>().Add(request)
            ?? throw new RequestException(429, ErrorWord.RateLimited, $"{BacktestService.MostWaiting} backtests wait already. Try again when one has ended, or cancel one") { RetryAfter = 10 };
        context.Response.Headers.Location = $"{Jobs}/{job.Id}";
        await WriteAsync(context, 202, job);
    }

    private static Task GetAllAsync(HttpContext context) => JsonAnswer.WriteAsync(context, 200, json =>
    {
        json.WriteStartArray("backtests");
        foreach (var job in context.RequestServices.GetRequired<BacktestService>().List(context.Tenant()))
        {
            json.WriteStartObject();
            BacktestJson.WriteProgress(json, job);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    private static Task GetAsync(HttpContext context) => WriteAsync(context, 200, Find(context));

    private static Task DeleteAsync(HttpContext context)
    {
        var job = Find(context);
        if (!job.IsEnded)
        {
            job.Cancel();
        }
        return WriteAsync(context, 200, job);
    }

    private static BacktestJob Find(HttpContext context)
    {
        var id = (string)context.Request.RouteValues["job"]!;
        return context.RequestServices.GetRequired<BacktestService>().List(context.Tenant()).FirstOrDefault(job => job.Id.ToString() == id)
            ?? throw new RequestException(404, ErrorWord.NotFound, "There is no such backtest; they are gone when the server stops");
    }

    private static Task WriteAsync(HttpContext context, int status, BacktestJob job) => JsonAnswer.WriteAsync(context, status, json => BacktestJson.Write(json, job));

    private static async Task<BacktestRequest> ReadAsync(HttpContext context)
    {
        using var body = await RequestBody.ReadAllAsync(context.Request, context.RequestAborted);
        using var json = Parse(body.Written);
        var root = json.RootElement;
        foreach (var member in root.EnumerateObject().Where(member => member.Name is not ("from" or "to" or "rule" or "apply")))
        {
            throw RequestException.BadParameter(member.Name, "is not known here: a backtest has from, to, rule and apply");
        }
        var now = Instant.Now(context.RequestServices.GetRequired<TimeProvider>());
        var to = Text(root, "to") is { } end ? Parameters.Time("to", end) : now;
        var from = Text(root, "from") is { } begin ? Parameters.Time("from", begin) : Math.Max(Instant.Min, to - (Days * Instant.PerDay));
        if (from >= to)
        {
            throw RequestException.BadParameter("to", "must be after from");
        }
        var apply = root.TryGetProperty("apply", out var flag) && flag.ValueKind switch { JsonValueKind.True => true, JsonValueKind.False or JsonValueKind.Null => false, _ => throw RequestException.BadParameter("apply", "must be true or false") };
        var id = (string?)context.Request.RouteValues["id"];
        var text = !root.TryGetProperty("rule", out var rule) || rule.ValueKind == JsonValueKind.Null ? null : rule.ValueKind == JsonValueKind.String ? rule.GetString() : rule.GetRawText();
        if (apply && (id is null || text is not null))
        {
            throw RequestException.BadParameter("apply", "raises the alerts of one rule as it is saved: POST /v1/alerts/rules/{id}/backtest without a rule");
        }
        var all = await RuleEndpoints.AllAsync(context);
        return new BacktestRequest(
            context.Tenant(), new TimeRange(from, to),
            id is not null ? BacktestRules.Of(all, (await RuleEndpoints.FindAsync(context)).Id) : text is null ? BacktestRules.OfActive(all) : null,
            text is null ? null : BacktestRules.OfDraft(all, RuleEndpoints.Parse(context, id ?? "draft", text)), apply);
    }

    private static JsonDocument Parse(ReadOnlySpan<byte> body)
    {
        try
        {
            var json = JsonDocument.Parse(body.Trim(" \t\r\n"u8).IsEmpty ? "{}" : Encoding.UTF8.GetString(body));
            return json.RootElement.ValueKind == JsonValueKind.Object ? json : throw new RequestException(400, ErrorWord.InvalidRequest, $"The body must be a JSON object, such as {Example}");
        }
        catch (JsonException error)
        {
            throw new RequestException(400, ErrorWord.InvalidRequest, $"The body must be a JSON object, such as {Example}: {error.Message}");
        }
    }

    private static string? Text(JsonElement root, string name) => !root.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString() : throw RequestException.BadParameter(name, "must be a text");
}
