using System.Globalization;
using Picket.Events.Batches;
using Picket.Events.Parsing;

namespace Picket.Query.Operators;

/// <summary>A part of a time is this number, in UTC: the minute, hour, day of the month, week of the year (ISO 8601), month or year.</summary>
/// <param name="Part">Of <see cref="Names"/>.</param>
public sealed record TimePart(string Part, int Number) : Operator
{
    public static readonly IReadOnlyList<string> Names = ["minute", "hour", "day", "week", "month", "year"];

    public override bool MatchesScalar(Value value)
    {
        if (!Timestamps.TryParse(value.Text, out var instant, out _))
        {
            return false;
        }
        var time = DateTimeOffset.UnixEpoch.AddTicks(instant / 100);
        return Number == Part switch
        {
            "minute" => time.Minute,
            "hour" => time.Hour,
            "day" => time.Day,
            "week" => ISOWeek.GetWeekOfYear(time.DateTime),
            "month" => time.Month,
            _ => time.Year,
        };
    }

    public override string Print(BareText bare) => string.Create(CultureInfo.InvariantCulture, $"{Part}({Number})");
}
