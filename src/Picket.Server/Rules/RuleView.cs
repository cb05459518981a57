using System.Text.Json;
using Picket.Detection.Rules;
using Picket.Events;
using Picket.Metastore;
using Picket.Server.Dialects;

namespace Picket.Server.Rules;

/// <summary>A rule of a tenant as answers show it: one of its own, or one of the built-in pack.</summary>
/// <param name="Id">Names it.</param>
/// <param name="Stored">What the tenant has said of it; null where it said nothing of the pack's.</param>
/// <param name="Document">What it says; null when this version of the program does not take it.</param>
/// <param name="IsBuiltIn">Whether it is of the pack.</param>
internal sealed record RuleView(string Id, StoredRule? Stored, RuleDocument? Document, bool IsBuiltIn)
{
    // How long a rule of which each match is one counts as firing after it.
    private const long DefaultSpan = 300 * Instant.PerSecond;

    public bool IsActive => Stored?.IsActive ?? true;

    public string Text => Stored?.Text ?? Document!.Text;

    /// <summary>All of a tenant's rules by their ids: the pack's, where it has none of its own by that id, and its own.</summary>
    public static IEnumerable<RuleView> All(IReadOnlyList<StoredRule> stored, RuleTexts texts, DetectionOptions options)
    {
        var rows = stored.ToDictionary(rule => rule.Id, StringComparer.Ordinal);
        var pack = options.Pack ? BuiltInPack.Rules.Documents.Where(document => rows.GetValueOrDefault(document.Id)?.Text is null) : [];
        return pack.Select(document => new RuleView(document.Id, rows.GetValueOrDefault(document.Id), document, IsBuiltIn: true))
            .Concat(stored.Where(rule => rule.Text is not null).Select(rule => new RuleView(rule.Id, rule, texts.Read(rule.Id, rule.Text!), IsBuiltIn: false)))
            .OrderBy(view => view.Id, StringComparer.Ordinal);
    }

    /// <summary>One of them; null when there is none.</summary>
    /// <param name="id">Which.</param>
    /// <param name="stored">What the tenant says of it.</param>
    public static RuleView? One(string id, StoredRule? stored, RuleTexts texts, DetectionOptions options) => stored is { Text: { } text }
        ? new RuleView(id, stored, texts.Read(id, text), IsBuiltIn: false)
        : options.Pack && BuiltInPack.Rules.Documents.FirstOrDefault(document => document.Id == id) is { } document ? new RuleView(id, stored, document, IsBuiltIn: true) : null;

    /// <param name="counts">How many events it matched, and when the last of them happened.</param>
    /// <param name="held">When it held last, and when its newest alert was raised; 0 where it never was.</param>
    /// <param name="setAside">Why it is not run any more.</param>
    /// <param name="now">Tells whether it still holds; ns since 1970.</param>
    public void Write(Utf8JsonWriter json, string tenant, (long Matches, long LastAt) counts, (long HeldAt, long RaisedAt) held, string? setAside, long now)
    {
        var rule = Document?.Rule;
        json.WriteString("id", Id);
        json.WriteString("tenant_id", tenant);
        json.WriteString("name", Document?.Title ?? Id);
        json.WriteString("description", rule?.Description);
        json.WriteString("format", Document is null ? "unknown" : rule is null ? "sigma_filter" : rule.Correlation is not null ? "sigma_correlation" : rule.IsSigma ? "sigma" : "picket");
        json.WriteString("query", rule is null or { Correlation: not null } ? null : rule.Query ?? rule.Filter.ToString());
        json.WriteString("severity", (rule?.Level ?? RuleLevel.Medium).ToSeverity());
        json.WriteBoolean("is_active", IsActive);
        json.WriteBoolean("built_in", IsBuiltIn);
        json.WriteNumber("version", Stored?.Version ?? 1);
        json.WriteStartArray("tags");
        foreach (var tag in rule?.Tags ?? [])
        {
            json.WriteStringValue(tag);
        }
        json.WriteEndArray();
        json.WriteStartObject("logsource");
        json.WriteString("product", rule?.LogSource.Product);
        json.WriteString("service", rule?.LogSource.Service);
        json.WriteString("category", rule?.LogSource.Category);
        json.WriteEndObject();
        WriteWindow(json, rule);
        WriteTime(json, "created_at", Stored?.CreatedAt);
        WriteTime(json, "updated_at", Stored?.UpdatedAt);
        json.WriteNumber("matches", counts.Matches);
        EventJson.WriteTime(json, "last_match_at", counts.Matches > 0 ? counts.LastAt : null);
        var span = rule?.ResolveAfter ?? rule?.Window?.Span ?? DefaultSpan;
        var isFiring = held.HeldAt > 0 && held.HeldAt + span >= now;
        // What does not run must not look as if it found nothing.
        json.WriteString("state", !IsActive ? "off" : Document is null || setAside is not null ? "set_aside" : held.HeldAt == 0 ? "ok" : isFiring ? "firing" : "resolved");
        EventJson.WriteTime(json, "fired_at", held.RaisedAt > 0 ? held.RaisedAt : null);
        EventJson.WriteTime(json, "resolved_at", held.HeldAt == 0 || isFiring ? null : held.HeldAt + span);
        json.WriteString("reason", setAside ?? (Document is null ? "This version of picket does not take the rule; picket rules check says why" : null));
    }

    private static void WriteWindow(Utf8JsonWriter json, Rule? rule)
    {
        var window = rule?.Window ?? rule?.Schedule?.Window;
        json.WriteNumber("threshold", window?.Than ?? rule?.Absence?.Least ?? 1);
        json.WriteNumber("window_seconds", (window?.Span ?? rule?.Absence?.Span ?? DefaultSpan) / Instant.PerSecond);
        WriteFields(json, "group_by", rule is { IsGroupedByEvent: true } ? ["event"] : [.. rule?.GroupBy.Select(field => field.Name) ?? []]);
        if (rule?.Absence is not null)
        {
            json.WriteBoolean("absence", true);
        }
        if (rule?.FirstSeen is { } first)
        {
            WriteFields(json, "first_seen", [.. first.Fields.Select(field => field.Name)]);
            json.WriteNumber("within_days", first.Span / Instant.PerDay);
        }
        if (rule?.Schedule is { } schedule)
        {
            json.WriteString("schedule", schedule.Text);
            json.WriteString("time_zone", schedule.Zone.Id);
        }
        if (window is { Measure: not Measure.Events })
        {
            WriteFields(json, window.Measure == Measure.Distinct ? "distinct" : "sum", [.. window.Of.Select(field => field.Name)]);
        }
    }

    private static void WriteFields(Utf8JsonWriter json, string name, IReadOnlyList<string> fields)
    {
        json.WriteStartArray(name);
        foreach (var field in fields)
        {
            json.WriteStringValue(field);
        }
        json.WriteEndArray();
    }

    private static void WriteTime(Utf8JsonWriter json, string name, DateTimeOffset? time)
    {
        if (time is { } at)
        {
            json.WriteString(name, at.UtcDateTime);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
