using System.Text.Json;
using Picket.Detection.Rules;
using Picket.Events;
using Picket.Metastore;
using Picket.Server.Dialects;

namespace Picket.Server.Alerts;

/// <summary>An alert as answers show it.</summary>
internal static class AlertJson
{
    // Those of the event that raised it which stand at the top, and what they are called there.
    private static readonly (string Field, string Name)[] Shown = [("src_ip", "src_ip"), ("dst_ip", "dst_ip"), ("country", "country"), ("user_id", "user"), ("host", "host")];

    /// <param name="now">Tells whether its rule has ceased to hold; ns since 1970.</param>
    public static void Write(Utf8JsonWriter json, Alert alert, string tenant, long now)
    {
        json.WriteStartObject();
        WriteMembers(json, alert, tenant, now);
        json.WriteEndObject();
    }

    public static void WriteMembers(Utf8JsonWriter json, Alert alert, string tenant, long now)
    {
        json.WriteString("id", alert.Id);
        json.WriteString("tenant_id", tenant);
        json.WriteString("rule_id", alert.Rule);
        json.WriteString("rule_name", alert.Title);
        json.WriteNumber("rule_version", alert.RuleVersion);
        json.WriteString("fingerprint", alert.Fingerprint);
        json.WriteString("title", alert.Title);
        json.WriteString("description", alert.Description);
        json.WriteString("severity", alert.Level.ToSeverity());
        json.WriteString("criticality", alert.Level.ToSeverity());
        json.WriteString("state", alert.State.ToString().ToLowerInvariant());
        json.WriteNumber("count", alert.Count);
        EventJson.WriteTime(json, "first_seen", alert.FirstSeen);
        EventJson.WriteTime(json, "last_seen", alert.LastSeen);
        EventJson.WriteTime(json, "event_time", alert.LastSeen);
        json.WriteString("entity", alert.Fingerprint[(alert.Rule.Length + 1)..]);
        WritePairs(json, "group", alert.Group);
        foreach (var (field, name) in Shown)
        {
            json.WriteString(name, alert.Group.GetValueOrDefault(field) ?? alert.Values.GetValueOrDefault(field));
        }
        json.WriteString("owner", alert.AcknowledgedBy);
        EventJson.WriteTime(json, "created_at", alert.CreatedAt);
        EventJson.WriteTime(json, "updated_at", alert.UpdatedAt);
        EventJson.WriteTime(json, "acknowledged_at", alert.AcknowledgedAt);
        EventJson.WriteTime(json, "resolved_at", alert.Span is { } span && alert.HeldAt + span < now ? alert.HeldAt + span : null);
        EventJson.WriteTime(json, "closed_at", alert.ClosedAt);
        json.WriteString("closed_by", alert.ClosedBy);
        json.WriteString("close_reason", alert.CloseReason);
        json.WriteString("close_note", alert.CloseNote);
        EventJson.WriteTime(json, "snooze_until", alert.SnoozeUntil);
        json.WriteString("storm_id", alert.Storm?.ToString());
        json.WriteNumber("folded", alert.Folded);
        json.WriteStartArray("tags");
        foreach (var tag in alert.Tags)
        {
            json.WriteStringValue(tag);
        }
        json.WriteEndArray();
        json.WriteString("source", "picket");
    }

    /// <summary>What of a storm has the most events, and where all of it is.</summary>
    public static void WriteStorm(Utf8JsonWriter json, Alert alert, IReadOnlyList<(string Fingerprint, long Count)> top)
    {
        json.WriteStartObject("storm");
        json.WriteString("all", $"/v1/alerts?storm={alert.Id}");
        json.WriteStartArray("top");
        foreach (var (fingerprint, count) in top)
        {
            json.WriteStartObject();
            json.WriteString("fingerprint", fingerprint);
            json.WriteNumber("count", count);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>The events behind an alert: all ids that are kept, and of the first few what they said.</summary>
    public static void WriteEvidence(Utf8JsonWriter json, IReadOnlyList<AlertEvent> events, uint log)
    {
        json.WriteStartArray("event_ids");
        foreach (var seen in events)
        {
            json.WriteStringValue(EventId.From(new LogPosition(log, seen.Seq), seen.ReceivedAt));
        }
        json.WriteEndArray();
        json.WriteStartArray("events");
        foreach (var seen in events.Where(seen => seen.Event is not null))
        {
            json.WriteRawValue(seen.Event!, skipInputValidation: true);
        }
        json.WriteEndArray();
    }

    private static void WritePairs(Utf8JsonWriter json, string name, IReadOnlyDictionary<string, string> pairs)
    {
        json.WriteStartObject(name);
        foreach (var (key, value) in pairs)
        {
            json.WriteString(key, value);
        }
        json.WriteEndObject();
    }
}
