using System.Text.Json;
using Picket.Events.Batches;
using Picket.Events.Parsing;
using Picket.Events.Schema;

namespace Picket.Server.Dialects;

/// <summary>How <c>/events</c> writes events: the schema's names, the level as <c>DEBUG INFO WARNING ERROR CRITICAL</c>.</summary>
public static class EventsDialect
{
    public static void Write(Utf8JsonWriter json, EventRow row, uint log)
    {
        json.WriteStartObject();
        WriteMembers(json, row, log);
        json.WriteEndObject();
    }

    /// <summary>One event with <c>data_json</c>, what the sender added, and <c>raw_json</c>, what it sent.</summary>
    public static void WriteWhole(Utf8JsonWriter json, EventRow row, uint log)
    {
        json.WriteStartObject();
        WriteMembers(json, row, log);
        using var text = new NativeBuffer();
        if (!RawJson.WriteAdditions(row, text))
        {
            text.Append("{}"u8);
        }
        json.WriteString("data_json", text.Written);
        text.Clear();
        RawJson.WriteOriginal(row, text);
        json.WriteString("raw_json", text.Written);
        json.WriteEndObject();
    }

    private static void WriteMembers(Utf8JsonWriter json, EventRow row, uint log)
    {
        EventJson.WriteId(json, row, log);
        EventJson.WriteTime(json, "ts", row.Time);
        EventJson.WriteTime(json, "received_at", row.ReceivedAt);
        json.WriteString("level", EventJson.Text(row, EventSchema.Level) switch
        {
            "trace" or "debug" => "DEBUG",
            "warn" => "WARNING",
            "error" => "ERROR",
            "fatal" => "CRITICAL",
            _ => "INFO",
        });
        foreach (var field in EventJson.Fields)
        {
            EventJson.WriteField(json, row, field);
        }
        EventJson.WriteAdditions(json, row);
    }
}
