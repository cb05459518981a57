using Microsoft.AspNetCore.Http;
using Picket.Events;
using Picket.Metastore;
using Picket.Query;
using Picket.Query.Language;
using Picket.Query.Store;
using Picket.Server.Access;
using Picket.Server.Alerts;
using Picket.Server.Dialects;
using Picket.Server.Http;

namespace Picket.Server.Rules;

/// <summary>One rule as it is answered: what lists say of it, and its text, its cost, its versions, when it was looked at, and which of its fields no event has.</summary>
internal static class RuleDetails
{
    public static async Task WriteAsync(HttpContext context, int status, RuleView view)
    {
        var counts = (await context.RequestServices.GetRequired<MatchTable>().CountsAsync(context.Tenant(), context.RequestAborted)).GetValueOrDefault(view.Id);
        var held = (await context.RequestServices.GetRequired<AlertTable>().HeldAsync(context.Tenant(), context.RequestAborted)).GetValueOrDefault(view.Id);
        var (evaluatedAt, value) = await EvaluatedAsync(context, view);
        var cost = context.RequestServices.GetRequired<DetectionService>().CostOf(context.Tenant(), view.Id);
        var unseen = await NeverSeenAsync(context, view);
        var versions = await context.RequestServices.GetRequired<RuleTable>().VersionsAsync(context.Tenant(), view.Id, context.RequestAborted);
        var gaps = await context.RequestServices.GetRequired<GapTable>().ListAsync(context.Tenant(), view.Id, context.RequestAborted);
        await JsonAnswer.WriteAsync(context, status, json =>
        {
            view.Write(json, RuleEndpoints.TenantName(context), counts, held, RuleEndpoints.WhySetAside(context, view.Id), AlertEndpoints.Now(context));
            EventJson.WriteTime(json, "last_evaluated_at", evaluatedAt);
            json.WritePropertyName("last_value");
            if (value is { } of)
            {
                json.WriteNumberValue(of);
            }
            else
            {
                json.WriteNullValue();
            }
            json.WriteString("text", view.Text);
            json.WriteStartObject("cost");
            json.WriteNumber("candidates", cost.Candidates);
            json.WriteNumber("nanoseconds", context.RequestServices.GetRequired<TimeProvider>().GetElapsedTime(0, cost.Ticks).TotalNanoseconds);
            json.WriteEndObject();
            json.WriteStartArray("versions");
            foreach (var (version, after) in versions)
            {
                json.WriteStartObject();
                json.WriteNumber("version", version);
                json.WriteString("holds_after", after?.ToString());
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteStartArray("gaps");
            foreach (var gap in gaps)
            {
                json.WriteStartObject();
                EventJson.WriteTime(json, "from", gap.From);
                EventJson.WriteTime(json, "to", gap.To);
                json.WriteString("reason", gap.Reason);
                EventJson.WriteTime(json, "filled_at", gap.FilledAt);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteStartArray("fields_never_seen");
            foreach (var field in unseen)
            {
                json.WriteStringValue(field);
            }
            json.WriteEndArray();
        });
    }

    // When it was looked at last, and what came of it: the events of its newest alert, or the highest value that a scheduled one found. Others are looked at with each event.
    private static async Task<(long? At, decimal? Value)> EvaluatedAsync(HttpContext context, RuleView view)
    {
        if (view is not { IsActive: true, Document.Rule: { } rule })
        {
            return default;
        }
        if (rule.Schedule is not null)
        {
            return await context.RequestServices.GetRequired<ScheduleTable>().FindAsync(context.Tenant(), view.Id, context.RequestAborted) is var (at, highest) ? (at, highest) : default((long?, decimal?));
        }
        var newest = await context.RequestServices.GetRequired<AlertTable>().ListAsync(new AlertFilter(context.Tenant()) { Rule = view.Id, Limit = 1 }, context.RequestAborted);
        return (context.RequestServices.GetRequired<DetectionService>().LookedAt, newest is [var alert, ..] ? alert.Count : null);
    }

    // Fields of the rule that no event of the last week has: it may be meant for other names.
    private static async Task<IReadOnlyList<string>> NeverSeenAsync(HttpContext context, RuleView view)
    {
        if (view.Document?.Rule is not { } rule)
        {
            return [];
        }
        var now = Instant.Now(context.RequestServices.GetRequired<TimeProvider>());
        try
        {
            var fields = await context.RequestServices.GetRequired<IEventStore>().FieldsAsync(
                new FieldsRequest(context.Tenant(), new TimeRange(now - (7 * Instant.PerDay), Instant.Max), Filter.Everything), context.RequestAborted);
            return UnknownFields.Among(rule.Filter.Fields, [.. fields.Select(field => field.Field.Name)]);
        }
        catch (QueryException)
        {
            // The rule itself stands.
            return [];
        }
    }
}
