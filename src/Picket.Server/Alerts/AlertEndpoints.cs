using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Picket.Detection.Alerts;
using Picket.Detection.Rules;
using Picket.Events;
using Picket.Events.Log;
using Picket.Metastore;
using Picket.Server.Access;
using Picket.Server.Http;
using Picket.Server.Rules;

namespace Picket.Server.Alerts;

/// <summary>Alerts over HTTP: listed, shown with their evidence, acknowledged, closed, and told of as they come.</summary>
public static class AlertEndpoints
{
    private const int MostListed = 1_000;
    private const int MostTop = 20;
    private const int MostNote = 10_000;

    private static readonly string[] Reasons = ["true_positive", "false_positive", "benign", "duplicate"];

    public static void MapAlerts(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/alerts", GetAlerts).Needs(Scope.AlertsRead).Describe(
            "Alerts", "Alerts, the newest first", null, "200: a page; next_cursor where there are more", "state", "severity", "rule", "fingerprint", "storm", "from", "to", "limit", "cursor");
        routes.MapGet("/v1/alerts/stream", AlertStream.GetAsync).Needs(Scope.AlertsRead).Describe(
            "Alerts", "Alerts as they are raised and change (text/event-stream)", null, "200: each data line is an alert; an event named missed says how many a slow reader missed; a comment every 15 s");
        routes.MapGet("/v1/alerts/{id}", GetAlert).Needs(Scope.AlertsRead).Describe("Alerts", "One alert, with the events behind it", null, "200: the alert");
        routes.MapPost("/v1/alerts/{id}/ack", PostAck).Needs(Scope.AlertsWrite).Describe("Alerts", "Says that somebody has the alert", null, "200: the alert");
        routes.MapPost("/v1/alerts/{id}/close", PostClose).Needs(Scope.AlertsWrite).Describe(
            "Alerts", "Closes the alert; further events raise a further one", "{\"reason\":\"false_positive\",\"note\":\"a load test\"}", "200: the alert");
        routes.MapGet("/alerts", GetAlertsOfLastHours).Needs(Scope.AlertsRead).Describe("Alerts", "Alerts of the last hours", null, "200: a list", "limit", "hours", "country", "user", "criticality");
    }

    private static async Task GetAlerts(HttpContext context)
    {
        var (query, limit) = (context.Request.Query, Limit(context, 50));
        var time = Parameters.Range(query["from"], query["to"]);
        var alerts = await context.RequestServices.GetRequired<AlertTable>().ListAsync(new AlertFilter(context.Tenant())
        {
            States = [.. Texts(query["state"]).Select(State)],
            Severity = Severity(query["severity"]),
            Rule = Text(query["rule"]),
            Fingerprint = Text(query["fingerprint"]),
            Storm = Text(query["storm"]) is not { } storm ? null : Guid.TryParse(storm, out var of) ? of : throw RequestException.BadParameter("storm", "must be the id of an alert that stands for a storm"),
            From = time.From == Instant.Min ? null : time.From,
            To = time.To == Instant.Max ? null : time.To,
            Before = Text(query["cursor"]) is not { } cursor ? null : Guid.TryParse(cursor, out var id) ? id : throw RequestException.BadParameter("cursor", "must be the next_cursor of an answer"),
            Limit = limit + 1,
        }, context.RequestAborted);
        await JsonAnswer.WriteAsync(context, 200, json =>
        {
            Write(context, json, alerts.Take(limit));
            json.WriteString("next_cursor", alerts.Count > limit ? alerts[limit - 1].Id.ToString() : null);
        });
    }

    private static async Task GetAlertsOfLastHours(HttpContext context)
    {
        var query = context.Request.Query;
        var hours = Parameters.Number(context, "hours", query["hours"], 0, 1, 24 * 366);
        var values = new[] { ("country", Text(query["country"])), ("user_id", Text(query["user"])) };
        var alerts = await context.RequestServices.GetRequired<AlertTable>().ListAsync(new AlertFilter(context.Tenant())
        {
            Severity = Severity(query["criticality"]),
            Values = [.. values.Where(pair => pair.Item2 is not null).Select(pair => (pair.Item1, pair.Item2!))],
            From = hours == 0 ? null : Now(context) - (hours * 3_600 * Instant.PerSecond),
            Limit = Limit(context, 100),
        }, context.RequestAborted);
        await JsonAnswer.WriteAsync(context, 200, json => Write(context, json, alerts));
    }

    private static async Task GetAlert(HttpContext context)
    {
        var table = context.RequestServices.GetRequired<AlertTable>();
        var alert = await table.FindAsync(context.Tenant(), Id(context), context.RequestAborted) ?? throw Unknown(context);
        var events = await table.EventsAsync(alert.Id, context.RequestAborted);
        await WriteAsync(context, alert, events, alert.Folded > 0 ? await table.TopOfStormAsync(context.Tenant(), alert.Id, MostTop, context.RequestAborted) : null);
    }

    private static async Task PostAck(HttpContext context)
    {
        var alert = await context.RequestServices.GetRequired<AlertTable>().AcknowledgeAsync(context.Tenant(), Id(context), context.Features.Get<Caller>()!.KeyName, context.RequestAborted) ?? throw Unknown(context);
        if (alert.State == AlertState.Closed)
        {
            throw Closed(alert);
        }
        context.RequestServices.GetRequired<AlertHub>().Publish(alert);
        await WriteAsync(context, alert, null);
    }

    private static async Task PostClose(HttpContext context)
    {
        using var body = await JsonObject.ReadAsync(context, "{\"reason\":\"false_positive\"}");
        var (reason, note, snooze) = (body.Text("reason"), body.Text("note", MostNote), body.Time("snooze_until"));
        if (reason is not null && !Reasons.Contains(reason))
        {
            throw RequestException.BadParameter("reason", $"must be one of {string.Join(", ", Reasons)}");
        }
        var close = new AlertClose(context.Tenant(), Id(context), context.Features.Get<Caller>()!.KeyName, reason, note, snooze);
        var (alert, isNew) = await context.RequestServices.GetRequired<DetectionService>().CloseAsync(close, context.RequestAborted);
        await WriteAsync(context, alert is null ? throw Unknown(context) : isNew ? alert : throw Closed(alert), null);
    }

    private static Guid Id(HttpContext context) => Guid.TryParse((string)context.Request.RouteValues["id"]!, out var id) ? id : throw Unknown(context);

    private static RequestException Unknown(HttpContext context) =>
        new(404, ErrorWord.NotFound, (string)context.Request.RouteValues["id"]! is { Length: <= 100 } id ? $"There is no alert {id}; GET /v1/alerts lists them with their ids" : "There is no alert with such an id");

    private static RequestException Closed(Alert alert) => new(409, ErrorWord.Conflict, $"The alert {alert.Id} is closed already");

    private static int Limit(HttpContext context, int absent) => Parameters.Number(context, "limit", context.Request.Query["limit"], absent, 1, MostListed);

    private static string? Text(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static string[] Texts(string? text) => (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static AlertState State(string text) => Enum.GetValues<AlertState>().Where(state => text.Equals(state.ToString(), StringComparison.OrdinalIgnoreCase)).Select(state => (AlertState?)state).FirstOrDefault()
        ?? throw RequestException.BadParameter("state", "must be one of open, acknowledged and closed, or several with commas between them");

    private static string? Severity(string? text) => Text(text) is not { } severity ? null
        : Enum.GetValues<RuleLevel>().Select(RuleLevels.ToSeverity).FirstOrDefault(one => one.Equals(severity, StringComparison.OrdinalIgnoreCase))
            ?? throw RequestException.BadParameter("severity", $"must be one of {string.Join(", ", Enum.GetValues<RuleLevel>().Select(RuleLevels.ToSeverity))}");

    internal static long Now(HttpContext context) => Instant.Now(context.RequestServices.GetRequired<TimeProvider>());

    private static void Write(HttpContext context, Utf8JsonWriter json, IEnumerable<Alert> alerts)
    {
        var (tenant, now) = (context.Features.Get<Caller>()!.TenantName, Now(context));
        json.WriteStartArray("alerts");
        foreach (var alert in alerts)
        {
            AlertJson.Write(json, alert, tenant, now);
        }
        json.WriteEndArray();
    }

    private static Task WriteAsync(HttpContext context, Alert alert, IReadOnlyList<AlertEvent>? events, IReadOnlyList<(string Fingerprint, long Count)>? top = null) => JsonAnswer.WriteAsync(context, 200, json =>
    {
        AlertJson.WriteMembers(json, alert, context.Features.Get<Caller>()!.TenantName, Now(context));
        if (top is not null)
        {
            AlertJson.WriteStorm(json, alert, top);
        }
        if (events is not null)
        {
            AlertJson.WriteEvidence(json, events, context.RequestServices.GetRequired<IEventLog>().Durable.Log);
        }
    });
}
