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

    /// <summary>The service that a channel is. One that is not known is a service of its own.</summary>
    public static string ServiceOf(string channel) => Services.GetValueOrDefault(channel) ?? channel.ToLowerInvariant();

    /// <summary>The categories of a service's events with these values.</summary>
    public static IEnumerable<string> CategoriesOf(string service, string eventId, string eventType) => Entries
        .Where(entry => entry.Service == service && entry.EventIds.Contains(eventId) && (entry.EventType is null || entry.EventType.Equals(eventType, StringComparison.OrdinalIgnoreCase)))
        .Select(entry => entry.Category);
}
