namespace Picket.Server.Hosting;

/// <summary>One setting.</summary>
/// <param name="Key">Its name in files; in the environment <c>PICKET_</c> and the name in capitals with <c>_</c> for <c>.</c>.</param>
/// <param name="Default">As it would be written.</param>
/// <param name="Summary">What it does.</param>
/// <param name="Kind">How its value is read.</param>
public sealed record Setting(string Key, string Default, string Summary, SettingKind Kind)
{
    /// <summary>Never shown.</summary>
    public bool IsSecret { get; init; }

    /// <summary>Other names that are read: environment variables of older systems.</summary>
    public IReadOnlyList<string> OtherNames { get; init; } = [];

    /// <summary>Read so that older files start, but without effect here; said at start when set.</summary>
    public bool IsUnused { get; init; }

    public string EnvironmentName => "PICKET_" + Key.ToUpperInvariant().Replace('.', '_');
}

public enum SettingKind
{
    Text,
    Number,
    Duration,
    Bytes,
    Switch,

    /// <summary>Whole days, or <c>forever</c>.</summary>
    Retention,
}

/// <summary>Every setting there is. <c>docs/settings.md</c> shows the same table, and a test compares the two.</summary>
public static class SettingsCatalogue
{
    public static readonly IReadOnlyList<Setting> All =
    [
        new("data", "data", "The data folder", SettingKind.Text),
        new("server.port", "8080", "The port to listen on, on this machine's loopback address", SettingKind.Number),
        new("server.urls", "", "Addresses to listen on instead, separated by ;", SettingKind.Text),
        new("server.read_timeout", "10s", "How long a request's headers may take", SettingKind.Duration),
        new("server.write_timeout", "10s", "Kept for older files; answers are ended by their clients", SettingKind.Duration) { IsUnused = true },
        new("server.shutdown_timeout", "30s", "How long requests under way may take to end when the server stops", SettingKind.Duration),
        new("server.root_path", "", "The prefix a proxy in front takes away, such as /siem; for the API's description", SettingKind.Text) { OtherNames = ["SIEM_ROOT_PATH"] },
        new("cors.origins", "", "Origins whose pages may call the API, separated by , or ;", SettingKind.Text) { OtherNames = ["SIEM_CORS_ORIGINS"] },
        new("anonymous.scopes", "", "What callers without a key may do on the routes of older systems, separated by spaces; empty: nothing", SettingKind.Text),
        new("anonymous.tenant", "default", "The tenant they act for", SettingKind.Text),
        new("anonymous.from", "127.0.0.0/8;::1", "The networks they may come from, separated by ;", SettingKind.Text),
        new("bootstrap_key", "", "The first key of a new data folder; drawn when empty", SettingKind.Text) { IsSecret = true },
        new("ingest.in_flight", "48MiB", "Bytes of memory for bodies being read and parsed; more wait, then are refused", SettingKind.Bytes),
        new("ingest.patience", "5s", "How long a request waits for room before it is refused", SettingKind.Duration),
        new("ingest.value_bytes", "64KiB", "Bytes of one value; a longer one is cut", SettingKind.Bytes),
        new("ingest.fields", "512", "Fields of one event; the rest is kept unindexed", SettingKind.Number),
        new("ingest.event_bytes", "1MiB", "Bytes of one event's values; what comes after is left out", SettingKind.Bytes),
        new("ingest.nesting", "16", "Levels of objects and arrays; what lies deeper is kept as text", SettingKind.Number),
        new("storage.durability", "fsync", "fsync: acknowledged when the disk has it; os: when the operating system has it, lost in a power cut", SettingKind.Text),
        new("storage.generation", "40MiB", "Bytes of events in memory at which they are flushed to segments", SettingKind.Bytes),
        new("storage.idle_flush", "60s", "Without new events for so long, those in memory are flushed", SettingKind.Duration),
        new("storage.cache", "48MiB", "Bytes of decoded columns and answers kept for the next query", SettingKind.Bytes),
        new("storage.retention", "30d", "How long events are kept after they happened or were received, whichever is later: days such as 90d, or forever", SettingKind.Retention),
        new("storage.retention_of", "", "The same for some tenants: name=90d, separated by ;", SettingKind.Text),
        new("storage.minimum_free", "2GiB", "Writes are refused while less is free on the disk", SettingKind.Bytes),
        new("query.time_limit", "30s", "A query is ended after this long", SettingKind.Duration),
        new("detection.pack", "true", "Run the built-in rules for tenants that do not turn them off", SettingKind.Switch),
        new("detection.pipelines", "", "Files of pipelines, as pySigma has them, that Sigma rules go through before they are run, separated by ;", SettingKind.Text),
        new("detection.lateness", "10m", "How late events may come and count as if they had come in time, where a rule waits for all of a window", SettingKind.Duration),
        new("detection.lateness_of", "", "The same for some sources, by what their events have as source, else app, else host: name=1h, separated by ;", SettingKind.Text),
        new("detection.security_4688", "true", "Take Windows Security 4688 for the creation of a process, as Sysmon tells it", SettingKind.Switch),
        new("detection.snapshot_every", "60s", "How often what windows have in memory is written down, so that a start reads only what came since; and each million events", SettingKind.Duration),
        new("log.level", "info", "debug, info, warn or error; info writes a line for each refused request, debug for every one", SettingKind.Text),
        new("ingestion.worker_count", "10", "Kept for older files", SettingKind.Number) { IsUnused = true },
        new("ingestion.buffer_size", "10000", "Kept for older files", SettingKind.Number) { IsUnused = true },
        new("ingestion.batch_size", "100", "Kept for older files", SettingKind.Number) { IsUnused = true },
        new("ingestion.batch_timeout", "1s", "Kept for older files", SettingKind.Duration) { IsUnused = true },
        new("cache.ttl", "5m", "Kept for older files", SettingKind.Duration) { IsUnused = true },
        new("cache.query_cache_enabled", "true", "Kept for older files", SettingKind.Switch) { IsUnused = true },
    ];

    /// <summary>Sections of older files whose servers this one does not need; any key in them is read and unused.</summary>
    public static readonly IReadOnlyList<string> UnusedSections = ["postgres.", "redis."];

    /// <summary>Variables of older systems for what this version does not do yet; named at start.</summary>
    public static readonly IReadOnlyList<string> UnusedVariables = ["DATABASE_URL", "SIEM_DB_PATH", "SIEM_ADMIN_PASSWORD_HASH", "SIEM_JWT_SECRET"];

    public static Setting? Find(string key) => All.FirstOrDefault(setting => setting.Key == key);

    /// <summary>The setting whose name is nearest to a mistyped one.</summary>
    public static string Nearest(string key) => All.MinBy(setting => Distance(key, setting.Key))!.Key;

    // Levenshtein's distance.
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }
        return row[b.Length];
    }
}
