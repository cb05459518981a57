using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Picket.Detection.Rules;
using Picket.Events;
using Picket.Metastore;
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
        using var body = await JsonObject.ReadAsync(context, Example, "from", "to", "rule", "apply");
        var now = Instant.Now(context.RequestServices.GetRequired<TimeProvider>());
        var to = body.Time("to") ?? now;
        var from = body.Time("from") ?? Math.Max(Instant.Min, to - (Days * Instant.PerDay));
        if (from >= to)
        {
            throw RequestException.BadParameter("to", "must be after from");
        }
        var apply = body.Flag("apply");
        var id = (string?)context.Request.RouteValues["id"];
        var text = body.Member("rule") is not { } rule ? null : rule.ValueKind == JsonValueKind.String ? rule.GetString() : rule.GetRawText();
        if (apply && (id is null || text is not null))
        {
            throw RequestException.BadParameter("apply", "raises the alerts of one rule as it is saved: POST /v1/alerts/rules/{id}/backtest without a rule");
        }
        var all = await RuleEndpoints.AllAsync(context);
        var refinements = await Refinements.LoadAsync(context.RequestServices.GetRequired<ExceptionTable>(), context.RequestServices.GetRequired<ListTable>(), now, context.RequestAborted);
        IReadOnlyList<AppliedRule> Apply(IReadOnlyList<RuleDocument> documents) =>
            refinements.Apply(context.Tenant(), documents, context.RequestServices.GetRequired<RuleTexts>(), (_, _) => { });
        return new BacktestRequest(
            context.Tenant(), new TimeRange(from, to),
            id is not null ? BacktestRules.Of(all, (await RuleEndpoints.FindAsync(context)).Id, Apply) : text is null ? BacktestRules.OfActive(all, Apply) : null,
            text is null ? null : BacktestRules.OfDraft(all, RuleEndpoints.Parse(context, id ?? "draft", text), Apply), apply);
    }
}
