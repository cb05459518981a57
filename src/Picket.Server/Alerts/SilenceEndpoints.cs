using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Picket.Metastore;
using Picket.Server.Access;
using Picket.Server.Dialects;
using Picket.Server.Http;
using Picket.Server.Search;

namespace Picket.Server.Alerts;

/// <summary>Silences over HTTP: of which alerts nobody is to be told, and when. The alerts are raised and kept all the same.</summary>
public static class SilenceEndpoints
{
    private const string Route = "/v1/silences";
    private const string Example = "{\"matchers\":{\"rule_id\":\"login_failed_spike\",\"src_ip\":\"10.0.0.5\"},\"ends_at\":\"2026-12-24T00:00:00Z\",\"reason\":\"a drill\"}";
    private const int Most = 1_000;
    private const int MostReason = 10_000;
    private const int MostValue = 1_024;

    // Members of an alert.
    private static readonly string[] Names = ["rule_id", "fingerprint", "severity", "entity", "src_ip", "dst_ip", "country", "user", "host", "tag"];

    public static void MapSilences(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(Route, GetAsync).Needs(Scope.AlertsRead).Describe("Alerts", "Silences, the newest first", null, "200: the silences, those that are over too");
        routes.MapPost(Route, PostAsync).Needs(Scope.AlertsWrite).Describe("Alerts", "Says of which alerts nobody is to be told, for a while or at times of each week", Example, "201: the silence");
        routes.MapDelete(Route + "/{id}", DeleteAsync).Needs(Scope.AlertsWrite).Describe("Alerts", "Takes a silence away", null, "204: nothing");
    }

    private static async Task GetAsync(HttpContext context)
    {
        var silences = await context.RequestServices.GetRequired<SilenceTable>().ListAsync(context.Tenant(), context.RequestAborted);
        await JsonAnswer.WriteAsync(context, 200, json =>
        {
            json.WriteStartArray("silences");
            foreach (var silence in silences)
            {
                json.WriteStartObject();
                Write(json, silence, context.Now());
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteNull("next_cursor");
        });
    }

    private static async Task PostAsync(HttpContext context)
    {
        using var body = await JsonObject.ReadAsync(context, Example, "matchers", "starts_at", "ends_at", "weekly", "reason");
        var matchers = body.Member("matchers") is { ValueKind: JsonValueKind.Object } given && given.EnumerateObject().Any() ? given
            : throw RequestException.BadParameter("matchers", $"is needed: which alerts, such as {Example}");
        foreach (var matcher in matchers.EnumerateObject())
        {
            if (!Names.Contains(matcher.Name) || matcher.Value.ValueKind != JsonValueKind.String || matcher.Value.GetString()!.Length > MostValue)
            {
                throw RequestException.BadParameter("matchers", $"has texts for one or more of {string.Join(", ", Names)}");
            }
        }
        var (starts, ends) = (body.Time("starts_at") ?? context.Now(), body.TimeAhead("ends_at", context.Now()));
        var weekly = body.Member("weekly");
        if (ends is null && weekly is null)
        {
            throw RequestException.BadParameter("ends_at", "is needed, but for a weekly silence: one that never ends is forgotten");
        }
        if (ends <= starts)
        {
            throw RequestException.BadParameter("ends_at", "must be after starts_at");
        }
        if (weekly is { } times)
        {
            WeeklyTimes.Read(times);
        }
        var (table, reason) = (context.RequestServices.GetRequired<SilenceTable>(), body.Text("reason", MostReason) ?? "");
        if ((await table.ListAsync(context.Tenant(), context.RequestAborted)).Count >= Most)
        {
            throw new RequestException(400, ErrorWord.ValidationFailed, $"A tenant has at most {Most:N0} silences. Delete those that are over");
        }
        var silence = new Silence(
            Guid.CreateVersion7(context.RequestServices.GetRequired<TimeProvider>().GetUtcNow()), context.Tenant(), matchers.GetRawText(), starts, ends, weekly?.GetRawText(), reason,
            context.Features.Get<Caller>()!.KeyName, context.Now());
        await table.AddAsync(silence, context.RequestAborted);
        context.Response.Headers.Location = $"{Route}/{silence.Id}";
        await JsonAnswer.WriteAsync(context, 201, json => Write(json, silence, context.Now()));
    }

    private static async Task DeleteAsync(HttpContext context)
    {
        if (!Guid.TryParse((string)context.Request.RouteValues["id"]!, out var id) || !await context.RequestServices.GetRequired<SilenceTable>().DeleteAsync(context.Tenant(), id, context.RequestAborted))
        {
            throw new RequestException(404, ErrorWord.NotFound, "There is no such silence; GET /v1/silences lists them");
        }
        context.Response.StatusCode = 204;
    }

    private static void Write(Utf8JsonWriter json, Silence silence, long now)
    {
        json.WriteString("id", silence.Id);
        json.WritePropertyName("matchers");
        json.WriteRawValue(silence.Matchers);
        EventJson.WriteTime(json, "starts_at", silence.StartsAt);
        EventJson.WriteTime(json, "ends_at", silence.EndsAt);
        json.WritePropertyName("weekly");
        json.WriteRawValue(silence.Weekly ?? "null");
        json.WriteString("reason", silence.Reason);
        json.WriteBoolean("active", IsActive(silence, now));
        json.WriteString("created_by", silence.By);
        EventJson.WriteTime(json, "created_at", silence.CreatedAt);
    }

    private static bool IsActive(Silence silence, long now)
    {
        if (now < silence.StartsAt || now >= silence.EndsAt)
        {
            return false;
        }
        if (silence.Weekly is null)
        {
            return true;
        }
        using var weekly = JsonDocument.Parse(silence.Weekly);
        return WeeklyTimes.Read(weekly.RootElement).Contains(DateTimeOffset.UnixEpoch.AddTicks(now / 100));
    }
}
