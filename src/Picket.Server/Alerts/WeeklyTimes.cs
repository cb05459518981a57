using System.Globalization;
using System.Text.Json;
using Picket.Server.Http;

namespace Picket.Server.Alerts;

/// <summary>Times of each week: on some days from a time of the day up to another, by the clock of a place. One that ends before it begins goes on into the next day.</summary>
/// <param name="Days">On which it begins.</param>
/// <param name="From">When.</param>
/// <param name="To">Up to when.</param>
/// <param name="Zone">Where.</param>
internal sealed record WeeklyTimes(IReadOnlyList<DayOfWeek> Days, TimeOnly From, TimeOnly To, TimeZoneInfo Zone)
{
    /// <param name="json">Such as <c>{"days":["sat","sun"],"from":"00:00","to":"06:00","time_zone":"Europe/Berlin"}</c>.</param>
    /// <exception cref="RequestException">It is none.</exception>
    public static WeeklyTimes Read(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object || !json.TryGetProperty("days", out var days) || days.ValueKind != JsonValueKind.Array || days.GetArrayLength() == 0)
        {
            throw RequestException.BadParameter("weekly", "has days, from, to and time_zone, such as {\"days\":[\"sat\",\"sun\"],\"from\":\"00:00\",\"to\":\"06:00\",\"time_zone\":\"Europe/Berlin\"}");
        }
        return new WeeklyTimes([.. days.EnumerateArray().Select(Day).Distinct()], Time(json, "from"), Time(json, "to"), Place(json));
    }

    /// <summary>Whether a moment is one of them.</summary>
    public bool Contains(DateTimeOffset moment)
    {
        var local = TimeZoneInfo.ConvertTime(moment, Zone);
        var time = TimeOnly.FromTimeSpan(local.TimeOfDay);
        var isOverNight = To <= From;
        return isOverNight
            ? (time >= From && Days.Contains(local.DayOfWeek)) || (time < To && Days.Contains((DayOfWeek)(((int)local.DayOfWeek + 6) % 7)))
            : time >= From && time < To && Days.Contains(local.DayOfWeek);
    }

    private static DayOfWeek Day(JsonElement day) => day.ValueKind == JsonValueKind.String && day.GetString() is { Length: >= 3 } text
        && Enum.GetValues<DayOfWeek>().Where(one => one.ToString().StartsWith(text, StringComparison.OrdinalIgnoreCase)).Select(one => (DayOfWeek?)one).FirstOrDefault() is { } found
        ? found
        : throw RequestException.BadParameter("weekly", "has days such as mon, tue or sunday");

    private static TimeOnly Time(JsonElement json, string name) =>
        json.TryGetProperty(name, out var time) && time.ValueKind == JsonValueKind.String && TimeOnly.TryParseExact(time.GetString(), "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var read)
            ? read
            : throw RequestException.BadParameter("weekly", $"has a time of the day as {name}, such as 22:00");

    private static TimeZoneInfo Place(JsonElement json)
    {
        if (!json.TryGetProperty("time_zone", out var zone))
        {
            return TimeZoneInfo.Utc;
        }
        return zone.ValueKind == JsonValueKind.String && TimeZoneInfo.TryFindSystemTimeZoneById(zone.GetString()!, out var found)
            ? found
            : throw RequestException.BadParameter("weekly", "has a time zone by its name, such as Europe/Berlin or UTC");
    }
}
