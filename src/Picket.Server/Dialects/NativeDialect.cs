using System.Text.Json;
using Picket.Events.Batches;
using Picket.Events.Schema;

namespace Picket.Server.Dialects;

/// <summary>How <c>/v1</c> writes events: the schema's names in lower case, <c>timestamp</c> and <c>service</c> beside <c>ts</c> and <c>app</c>.</summary>
public static class NativeDialect
{
    public static void Write(Utf8JsonWriter json, EventRow row, uint log)
    {
        json.WriteStartObject();
        EventJson.WriteId(json, row, log);
        EventJson.WriteTime(json, "ts", row.Time);
        EventJson.WriteTime(json, "timestamp", row.Time);
        EventJson.WriteTime(json, "received_at", row.ReceivedAt);
        EventJson.WriteField(json, row, EventSchema.Level);
        foreach (var field in EventJson.Fields)
        {
            if (EventJson.WriteField(json, row, field, field.Name) && field.Equals(EventSchema.App))
            {
                EventJson.WriteField(json, row, field, "service");
            }
        }
        EventJson.WriteAdditions(json, row);
        json.WriteEndObject();
    }
}
