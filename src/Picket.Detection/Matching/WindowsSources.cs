using System.Text.Json;

namespace Picket.Detection.Matching;

/// <summary>Which service a channel of the Windows event log is, and which categories its events are in: <c>windows.json</c> as data.</summary>
internal static class WindowsSources
{
    private static readonly Dictionary<string, string> Services = new(StringComparer.OrdinalIgnoreCase);
    private static readonly List<Entry> Entries = [];

    private sealed record Entry(string Service, HashSet<string> EventIds, string? EventType, string Category);

    static WindowsSources()
    {
        using var file = typeof(WindowsSources).Assembly.GetManifestResourceStream("Picket.Detection.Matching.windows.json")!;
        using var json = JsonDocument.Parse(file);
        foreach (var channel in json.RootElement.GetProperty("channels").EnumerateObject())
        {
            Services.Add(channel.Name, channel.Value.GetString()!);
        }
        foreach (var entry in json.RootElement.GetProperty("categories").EnumerateArray())
        {
            Entries.Add(new Entry(
                entry.GetProperty("service").GetString()!,
                [.. entry.GetProperty("event_ids").EnumerateArray().Select(id => id.GetRawText())],
                entry.TryGetProperty("event_type", out var type) ? type.GetString() : null,
                entry.GetProperty("category").GetString()!));
        }
    }

    /// <summary>What an event with these values is. A channel that is not known is a service of its own.</summary>
    public static EventSource Of(string channel, string eventId, string eventType)
    {
        var service = Services.GetValueOrDefault(channel) ?? channel.ToLowerInvariant();
        return new EventSource(
            "windows",
            service,
            Entries.Where(entry => entry.Service == service && entry.EventIds.Contains(eventId) && (entry.EventType is null || entry.EventType.Equals(eventType, StringComparison.OrdinalIgnoreCase)))
                .Select(entry => entry.Category).ToHashSet(StringComparer.Ordinal));
    }
}
