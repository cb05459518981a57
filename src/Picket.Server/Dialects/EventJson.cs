using System.Text;
using System.Text.Json;
using Picket.Events;
using Picket.Events.Batches;
using Picket.Events.Parsing;
using Picket.Events.Schema;

namespace Picket.Server.Dialects;

/// <summary>What all dialects share in writing an event.</summary>
internal static class EventJson
{
    /// <summary>The fields that stand at the top of an answer where an event has them; its time and level each dialect writes in its own way.</summary>
    public static readonly IReadOnlyList<Field> Fields =
    [
        .. EventSchema.Fields.Select(known => known.Field).Where(field => !field.Equals(EventSchema.Ts) && !field.Equals(EventSchema.Level)),
        EventSchema.TsOriginal, EventSchema.LevelRaw, EventSchema.SeverityRaw, new("src_ip_raw"), new("dst_ip_raw"), EventSchema.Truncated,
    ];

    public static void WriteId(Utf8JsonWriter json, EventRow row, uint log) =>
        json.WriteString("id", Events.EventId.From(new LogPosition(log, row.Seq), row.ReceivedAt));

    public static void WriteTime(Utf8JsonWriter json, string name, long instant)
    {
        Span<byte> text = stackalloc byte[Instant.MaxLength];
        json.WriteString(name, text[..Instant.Format(instant, text)]);
    }

    /// <summary>A time, or null.</summary>
    public static void WriteTime(Utf8JsonWriter json, string name, long? instant)
    {
        if (instant is { } at)
        {
            WriteTime(json, name, at);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    public static void WriteField(Utf8JsonWriter json, EventRow row, Field field) => WriteField(json, row, field, field.Name);

    /// <summary>Nothing when the event has no such field.</summary>
    public static bool WriteField(Utf8JsonWriter json, EventRow row, Field field, string name)
    {
        if (!row.TryGet(field, out var value))
        {
            return false;
        }
        json.WritePropertyName(name);
        WriteValue(json, value);
        return true;
    }

    public static void WriteValue(Utf8JsonWriter json, Value value)
    {
        if (value.Kind is ValueKind.Text or ValueKind.DeepJson or ValueKind.Instant)
        {
            json.WriteStringValue(value.Text);
        }
        else
        {
            json.WriteRawValue(value.Text, skipInputValidation: true);
        }
    }

    /// <summary>What the sender added, as a member <c>fields</c>; nothing when it added none.</summary>
    public static void WriteAdditions(Utf8JsonWriter json, EventRow row)
    {
        using var additions = new NativeBuffer();
        if (RawJson.WriteAdditions(row, additions))
        {
            json.WritePropertyName("fields");
            json.WriteRawValue(additions.Written, skipInputValidation: true);
        }
    }

    public static string? Text(EventRow row, Field field) =>
        row.TryGet(field, out var value) && value.Kind != ValueKind.Null ? Encoding.UTF8.GetString(value.Text) : null;
}
