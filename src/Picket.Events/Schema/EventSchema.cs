namespace Picket.Events.Schema;

/// <summary>
/// The table of known fields. Anything else an event brings is kept under its own name, nested objects as <c>a.b.c</c>.
/// <c>docs/events.md</c> shows the same table, and a test compares the two.
/// </summary>
public static class EventSchema
{
    public static readonly Field Ts = new("ts");
    public static readonly Field ReceivedAt = new("received_at");
    public static readonly Field App = new("app");
    public static readonly Field Source = new("source");
    public static readonly Field Host = new("host");
    public static readonly Field Level = new("level");
    public static readonly Field LevelRaw = new("level_raw");
    public static readonly Field Severity = new("severity");
    public static readonly Field SeverityRaw = new("severity_raw");
    public static readonly Field EventType = new("event_type");
    public static readonly Field Message = new("message");
    public static readonly Field SenderId = new("event.id");
    public static readonly Field Tags = new("tags");
    public static readonly Field TsOriginal = new("ts_original");
    public static readonly Field Truncated = new("truncated");
    public static readonly Field Raw = new("raw");

    /// <summary>Objects whose members count as standing beside them, the first first: what senders wrap, and how Windows events are written as JSON.</summary>
    public static readonly IReadOnlyList<string> Wrappers = ["fields.", "Event.EventData.", "Event.System.", "Event.UserData.*.", "winlog.event_data.", "winlog.user_data.", "winlog."];

    /// <summary>Characters of a dotted name that are this wrapper; 0 when it does not begin so. A <c>*</c> stands for one name, whatever it is.</summary>
    internal static int WrapperLength(string path, string wrapper)
    {
        var star = wrapper.IndexOf('*', StringComparison.Ordinal);
        if (star < 0)
        {
            return path.Length > wrapper.Length && path.StartsWith(wrapper, StringComparison.Ordinal) ? wrapper.Length : 0;
        }
        var end = path.StartsWith(wrapper[..star], StringComparison.Ordinal) ? path.IndexOf('.', star) : -1;
        return end > star && end + 1 < path.Length ? end + 1 : 0;
    }


    public static readonly IReadOnlyList<KnownField> Fields =
    [
        new(Ts, "instant", FieldRole.Time, "timestamp", "@timestamp", "time", "TimeCreated.#attributes.SystemTime"),
        new(App, "text", FieldRole.Plain, "service", "service.name", "application"),
        new(Source, "text", FieldRole.Plain),
        new(Host, "text", FieldRole.Plain, "hostname", "host.name", "Computer", "computer_name"),
        new(Level, "trace debug info warn error fatal", FieldRole.Level, "log.level", "severity_text"),
        new(Severity, "info low medium high critical", FieldRole.Severity, "criticality"),
        new(EventType, "text", FieldRole.Plain, "type", "event.action"),
        new(Message, "text", FieldRole.Plain, "msg", "body", "log"),
        new(new("request_id"), "text", FieldRole.Plain),
        new(new("trace_id"), "text", FieldRole.Plain),
        new(new("span_id"), "text", FieldRole.Plain),
        new(new("user_id"), "text", FieldRole.Plain, "username", "user", "user.name"),
        new(new("user_agent"), "text", FieldRole.Plain),
        new(new("error_type"), "text", FieldRole.Plain),
        new(new("src_ip"), "IP address", FieldRole.Address, "source.ip", "client_ip"),
        new(new("dst_ip"), "IP address", FieldRole.Address, "destination.ip"),
        new(new("http_method"), "text", FieldRole.Plain),
        new(new("http_path"), "text", FieldRole.Plain),
        new(new("http_status"), "integer", FieldRole.Plain),
        new(new("latency_ms"), "number", FieldRole.Plain),
        new(Tags, "list of text", FieldRole.Plain),
        new(new("Channel"), "text", FieldRole.Plain, "channel"),
        new(new("EventID"), "integer", FieldRole.Plain, "EventID.#text"),
        new(new("Provider_Name"), "text", FieldRole.Plain, "Provider.#attributes.Name", "provider_name", "SourceName"),
        new(SenderId, "text", FieldRole.Plain, "id"),
    ];

    /// <summary>Fields the product itself adds; a sender's field of such a name is kept as <c>event.&lt;name&gt;</c>.</summary>
    public static readonly IReadOnlyList<Field> Own = [ReceivedAt, LevelRaw, SeverityRaw, TsOriginal, Truncated, Raw];

    /// <summary>Whether a field is an instant that every event has.</summary>
    public static bool IsTime(Field field) => field.Equals(Ts) || field.Equals(ReceivedAt);

    /// <summary>Whether a field holds what the product says of an event, not a text of its sender.</summary>
    public static bool IsAdded(Field field) => IsOwn(field.Name) || field.Equals(Level) || field.Equals(Severity);

    private static readonly Dictionary<string, KnownField> ByAnyName = Fields
        .SelectMany(known => known.Synonyms.Prepend(known.Field.Name).Select(name => (name, known)))
        .ToDictionary(pair => pair.name, pair => pair.known);

    private static readonly HashSet<string> OwnNames = [.. Own.Select(field => field.Name)];

    public static bool IsKnown(Field field) => ByAnyName.TryGetValue(field.Name, out var known) && known.Field.Equals(field);

    public static bool IsOwn(string name) => OwnNames.Contains(name) || name is "src_ip_raw" or "dst_ip_raw";

    public static bool TryGet(string name, out KnownField known) => ByAnyName.TryGetValue(name, out known!);

    /// <summary>
    /// The field that a question names: a synonym stands for its field, <c>ingested_at</c> for <c>received_at</c>, and <c>fields.</c> in front
    /// is left away, as in what senders wrap in <c>fields</c>.
    /// </summary>
    public static Field Resolve(string name)
    {
        if (name.StartsWith("fields.", StringComparison.Ordinal))
        {
            name = name["fields.".Length..];
        }
        return name == "ingested_at" ? ReceivedAt : TryGet(name, out var known) ? known.Field : new Field(name);
    }
}
