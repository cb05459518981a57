using System.Text.Json;
using Picket.Events.Batches;
using Picket.Events.Schema;

namespace Picket.Server.Dialects;

/// <summary>How <c>/api/v1/logs</c> writes events: six members always there, severity in upper case; <c>source</c> falls back to the app, then the host.</summary>
public static class LogsDialect
{
    public static void Write(Utf8JsonWriter json, EventRow row, uint log)
    {
        json.WriteStartObject();
        EventJson.WriteId(json, row, log);
        EventJson.WriteTime(json, "timestamp", row.Time);
        json.WriteString("severity", EventJson.Text(row, EventSchema.Severity)?.ToUpperInvariant());
        json.WriteString("source", EventJson.Text(row, EventSchema.Source) ?? EventJson.Text(row, EventSchema.App) ?? EventJson.Text(row, EventSchema.Host) ?? "");
        json.WriteString("message", EventJson.Text(row, EventSchema.Message) ?? "");
        EventJson.WriteTime(json, "ingested_at", row.ReceivedAt);
        json.WriteEndObject();
    }
}
