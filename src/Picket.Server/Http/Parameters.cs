using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Picket.Events;
using Picket.Events.Parsing;
using Picket.Query;

namespace Picket.Server.Http;

/// <summary>Parameters of a request, each with one way to be wrong: 400 <c>invalid_parameter</c>, naming it.</summary>
public static class Parameters
{
    /// <summary>A whole number from <paramref name="least"/> on; one above <paramref name="most"/> is cut to it, and <c>X-Limit</c> says so.</summary>
    public static int Number(HttpContext context, string name, string? text, int absent, int least, int most)
    {
        if (string.IsNullOrEmpty(text))
        {
            return absent;
        }
        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) || value < least)
        {
            throw RequestException.BadParameter(name, $"must be a whole number, {least} or more; it is {Shown(text)}");
        }
        if (value > most)
        {
            context.Response.Headers["X-Limit"] = most.ToString(CultureInfo.InvariantCulture);
            return most;
        }
        return (int)value;
    }

    /// <summary>A time in any accepted spelling, UTC without an offset.</summary>
    public static long Time(string name, string text)
    {
        if (!Timestamps.TryParse(Encoding.UTF8.GetBytes(text.Trim()), out var instant, out _))
        {
            throw RequestException.BadParameter(name, $"must be a time such as 2026-01-20T06:20:00Z; it is {Shown(text)}");
        }
        return Math.Max(instant, 0);
    }

    /// <summary>From <c>from</c> on and before <c>to</c>, either absent.</summary>
    public static TimeRange Range(string? from, string? to)
    {
        var range = new TimeRange(string.IsNullOrEmpty(from) ? Instant.Min : Time("from", from), string.IsNullOrEmpty(to) ? Instant.Max : Time("to", to));
        return range.From < range.To ? range : throw RequestException.BadParameter("to", "must be after from");
    }

    private static string Shown(string text) => text.Length > 40 ? text[..40] + "…" : text;
}
