using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Picket.Events;
using Picket.Events.Batches;
using Picket.Events.Log;
using Picket.Metastore;
using Picket.Query.Store;
using Picket.Server.Access;
using Picket.Server.Dialects;
using Picket.Server.Http;

namespace Picket.Server.Rules;

/// <summary>The events that a rule matched, over HTTP.</summary>
internal static class RuleMatches
{
    public static async Task GetAsync(HttpContext context)
    {
        var view = await RuleEndpoints.FindAsync(context);
        var limit = Parameters.Number(context, "limit", context.Request.Query["limit"], 100, 1, MatchTable.Kept);
        var before = context.Request.Query["cursor"].ToString() is not { Length: > 0 } text ? LogPosition.MaxSeq
            : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seq) ? seq : throw RequestException.BadParameter("cursor", "must be the next_cursor of an answer");
        var (table, detector) = (context.RequestServices.GetRequired<MatchTable>(), context.RequestServices.GetRequired<DetectionService>());
        // Asked first: what is not behind then is in what is read after.
        var behind = detector.Behind;
        var (kept, total) = await table.ListAsync(context.Tenant(), view.Id, before, limit + 1, context.RequestAborted);
        var (store, log) = (context.RequestServices.GetRequired<IEventStore>(), context.RequestServices.GetRequired<IEventLog>().Durable.Log);
        var events = new List<EventBatch?>();
        try
        {
            foreach (var match in kept.Take(limit))
            {
                events.Add(await store.FindAsync(context.Tenant(), EventId.From(new LogPosition(log, match.Seq), match.ReceivedAt), context.RequestAborted));
            }
            await JsonAnswer.WriteAsync(context, 200, json =>
            {
                json.WriteNumber("total", total);
                json.WriteNumber("behind", behind);
                json.WriteStartArray("matches");
                for (var i = 0; i < events.Count; i++)
                {
                    WriteMatch(json, kept[i], events[i], log);
                }
                json.WriteEndArray();
                json.WriteString("next_cursor", kept.Count > limit ? kept[limit - 1].Seq.ToString(CultureInfo.InvariantCulture) : null);
            });
        }
        finally
        {
            events.ForEach(found => found?.Dispose());
        }
    }

    private static void WriteMatch(Utf8JsonWriter json, KeptMatch match, EventBatch? found, uint log)
    {
        json.WriteStartObject();
        json.WriteString("event_id", EventId.From(new LogPosition(log, match.Seq), match.ReceivedAt));
        EventJson.WriteTime(json, "ts", match.Time);
        json.WriteNumber("rule_version", match.Version);
        json.WritePropertyName("event");
        // An event may be past its time while its match is still known.
        if (found is null)
        {
            json.WriteNullValue();
        }
        else
        {
            NativeDialect.Write(json, found[0], log);
        }
        json.WriteEndObject();
    }
}
