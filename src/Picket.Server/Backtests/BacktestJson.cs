using System.Text.Json;
using Picket.Detection.Alerts;
using Picket.Events;
using Picket.Server.Dialects;

namespace Picket.Server.Backtests;

/// <summary>A backtest as answers show it.</summary>
internal static class BacktestJson
{
    // Of alerts, and of what they have in common.
    private const int Shown = 20;

    public static void Write(Utf8JsonWriter json, BacktestJob job)
    {
        WriteProgress(json, job);
        if (job.State != BacktestState.Done)
        {
            return;
        }
        var range = (job.Request.Time.From, job.Request.Time.To);
        WriteOutcome(json, "saved", job.Saved, range);
        WriteOutcome(json, "draft", job.Draft, range);
        if (job is { Saved: { } saved, Draft: { } draft })
        {
            WriteDifference(json, saved.Alerts, draft.Alerts);
        }
        if (job.Applied is { } applied)
        {
            json.WriteStartObject("applied");
            json.WriteNumber("raised", applied.Raised);
            json.WriteNumber("known", applied.Known);
            json.WriteEndObject();
        }
    }

    public static void WriteProgress(Utf8JsonWriter json, BacktestJob job)
    {
        var (from, to) = (job.Request.Time.From, job.Request.Time.To);
        json.WriteString("id", job.Id);
        json.WriteString("state", job.State.ToString().ToLowerInvariant());
        json.WriteString("error", job.Error);
        EventJson.WriteTime(json, "from", from);
        EventJson.WriteTime(json, "to", to);
        json.WriteNumber("progress", Math.Round(job.Progress, 4));
        json.WriteNumber("events", job.Read);
        json.WriteString("created_at", job.Created.UtcDateTime);
        if (job.Ended is { } ended)
        {
            json.WriteString("ended_at", ended.UtcDateTime);
            json.WriteNumber("took_ms", (long)(ended - job.Created).TotalMilliseconds);
        }
        else
        {
            json.WriteNull("ended_at");
            json.WriteNull("took_ms");
        }
    }

    private static void WriteOutcome(Utf8JsonWriter json, string name, BacktestOutcome? outcome, (long From, long To) range)
    {
        if (outcome is null)
        {
            return;
        }
        json.WriteStartObject(name);
        json.WriteNumber("alerts", outcome.Alerts.Count);
        json.WriteNumber("events", outcome.Alerts.Sum(alert => alert.Count));
        json.WriteNumber("matches", outcome.Matches);
        json.WriteNumber("groups_without_room", outcome.Evicted);
        json.WriteNumber("nanoseconds", outcome.Took.TotalNanoseconds);
        json.WriteNumber("alerts_a_day", Math.Round(outcome.Alerts.Count / Math.Max(1, (double)(range.To - range.From) / Instant.PerDay), 2));
        WriteDays(json, outcome.Alerts, range);
        WriteRules(json, outcome.Alerts);
        json.WriteStartArray("top");
        foreach (var alert in outcome.Alerts.OrderByDescending(alert => alert.Count).ThenBy(alert => alert.Fingerprint, StringComparer.Ordinal).Take(Shown))
        {
            json.WriteStartObject();
            Write(json, alert);
            if (outcome.Samples.TryGetValue(alert.Fingerprint, out var sample))
            {
                json.WritePropertyName("sample");
                json.WriteRawValue(sample);
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
        WriteExceptions(json, outcome.Alerts);
        json.WriteEndObject();
    }

    private static void WriteDays(Utf8JsonWriter json, IReadOnlyList<AlertChange> alerts, (long From, long To) range)
    {
        var byDay = alerts.GroupBy(alert => Day(alert.FirstSeen)).ToDictionary(day => day.Key, day => day.Count());
        json.WriteStartArray("days");
        // An event may count as having happened on another day than it says.
        var first = Math.Min(Day(range.From), byDay.Keys.DefaultIfEmpty(long.MaxValue).Min());
        var last = Math.Max(Day(range.To - 1), byDay.Keys.DefaultIfEmpty(0).Max());
        // Of years, those days on which something was.
        foreach (var day in last - first <= 366 ? Enumerable.Range(0, (int)(last - first) + 1).Select(i => first + i) : byDay.Keys.Order())
        {
            json.WriteStartObject();
            json.WriteString("day", Instant.Format(day * Instant.PerDay)[..10]);
            json.WriteNumber("alerts", byDay.GetValueOrDefault(day));
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static long Day(long time) => time / Instant.PerDay;

    private static void WriteRules(Utf8JsonWriter json, IReadOnlyList<AlertChange> alerts)
    {
        json.WriteStartArray("rules");
        foreach (var of in alerts.GroupBy(alert => alert.Rule.Id, StringComparer.Ordinal).OrderByDescending(of => of.Count()).ThenBy(of => of.Key, StringComparer.Ordinal).Take(Shown))
        {
            json.WriteStartObject();
            json.WriteString("rule_id", of.Key);
            json.WriteString("title", of.First().Rule.Title);
            json.WriteNumber("alerts", of.Count());
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    // What many of the alerts have in common: an exception for it would hide them.
    private static void WriteExceptions(Utf8JsonWriter json, IReadOnlyList<AlertChange> alerts)
    {
        var values = alerts.SelectMany(alert => alert.Values.Select(pair => (Field: pair.Key, pair.Value)).Concat(alert.Group.Select(pair => (Field: pair.Name, pair.Value))).Distinct().Select(pair => (Of: pair, Alert: alert)))
            .GroupBy(pair => pair.Of).OrderByDescending(of => of.Count()).ThenByDescending(of => of.Sum(pair => pair.Alert.Count)).ThenBy(of => of.Key.Value, StringComparer.Ordinal).Take(Shown);
        json.WriteStartArray("exceptions");
        foreach (var of in values)
        {
            json.WriteStartObject();
            json.WriteString("field", of.Key.Field);
            json.WriteString("value", of.Key.Value);
            json.WriteNumber("hides", of.Count());
            json.WriteNumber("events", of.Sum(pair => pair.Alert.Count));
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteDifference(Utf8JsonWriter json, IReadOnlyList<AlertChange> saved, IReadOnlyList<AlertChange> draft)
    {
        var (before, after) = (saved.ToDictionary(alert => Entity(alert)), draft.ToDictionary(alert => Entity(alert)));
        json.WriteStartObject("difference");
        WriteList(json, "added", [.. after.Where(pair => !before.ContainsKey(pair.Key)).Select(pair => pair.Value)]);
        WriteList(json, "gone", [.. before.Where(pair => !after.ContainsKey(pair.Key)).Select(pair => pair.Value)]);
        json.WriteNumber("kept", before.Keys.Count(after.ContainsKey));
        json.WriteEndObject();
    }

    // A draft's id may be another.
    private static string Entity(AlertChange alert) => alert.Fingerprint[alert.Rule.Id.Length..];

    private static void WriteList(Utf8JsonWriter json, string name, IReadOnlyList<AlertChange> alerts)
    {
        json.WriteStartObject(name);
        json.WriteNumber("alerts", alerts.Count);
        json.WriteStartArray("top");
        foreach (var alert in alerts.OrderByDescending(alert => alert.Count).Take(Shown))
        {
            json.WriteStartObject();
            Write(json, alert);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, AlertChange alert)
    {
        json.WriteString("rule_id", alert.Rule.Id);
        json.WriteString("fingerprint", alert.Fingerprint);
        json.WriteNumber("count", alert.Count);
        EventJson.WriteTime(json, "first_seen", alert.FirstSeen);
        EventJson.WriteTime(json, "last_seen", alert.LastSeen);
    }
}
