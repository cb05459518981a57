using Picket.Detection.Rules;

namespace Picket.Detection.Tests.Windows;

/// <summary>The oracle: what alerts there must be, by their definition, with no thought of speed.</summary>
internal static class PlainAlerts
{
    /// <param name="Seq">Its number.</param>
    /// <param name="Time">When it happened.</param>
    /// <param name="Value">What is counted of it.</param>
    /// <param name="Number">What is added up.</param>
    public sealed record Seen(ulong Seq, long Time, string Value, decimal Number);

    /// <param name="LookedAt">The last event that was looked at when it was closed.</param>
    /// <param name="Through">The last event that is the closed alert's.</param>
    public sealed record Closing(ulong LookedAt, ulong Through);

    public sealed record Raised(long Count, long FirstSeen, long LastSeen, ulong FiredAt, long Held, bool IsClosed);

    /// <summary>The alerts of one group, the first first.</summary>
    public static List<Raised> Of(Window window, IReadOnlyList<Seen> events, IReadOnlyList<Closing> closings)
    {
        var raised = new List<Raised>();
        var before = 0ul;
        foreach (var closing in closings.Append(new Closing(ulong.MaxValue, ulong.MaxValue)))
        {
            var mine = events.Where(seen => seen.Seq > before && seen.Seq <= closing.Through).ToArray();
            var looked = mine.Where(seen => seen.Seq <= closing.LookedAt).ToArray();
            var holds = looked.Where(at => Holds(window, [.. looked.Where(seen => seen.Time >= at.Time - window.Span && seen.Time <= at.Time)])).OrderBy(at => at.Time).ThenBy(at => at.Seq).ToArray();
            if (holds.Length > 0)
            {
                var from = window.IsOfEachEvent ? long.MinValue : holds[0].Time - window.Span;
                var counted = mine.Where(seen => seen.Time >= from).ToArray();
                raised.Add(new Raised(counted.Length, counted.Min(seen => seen.Time), counted.Max(seen => seen.Time), holds[0].Seq, holds[^1].Time, closing.Through != ulong.MaxValue));
            }
            before = closing.Through;
        }
        return raised;
    }

    /// <summary>The same of a rule that was changed: each version holds where one of the events counts that came behind its position, and an alert is one whichever of them holds.</summary>
    public static List<Raised> OfVersions(IReadOnlyList<(ulong After, Window Window)> versions, IReadOnlyList<Seen> events, IReadOnlyList<Closing> closings)
    {
        var raised = new List<Raised>();
        var before = 0ul;
        foreach (var closing in closings.Append(new Closing(ulong.MaxValue, ulong.MaxValue)))
        {
            var mine = events.Where(seen => seen.Seq > before && seen.Seq <= closing.Through).ToArray();
            var holds = new List<(long From, long At)>();
            for (var i = 0; i < versions.Count; i++)
            {
                var (after, window) = versions[i];
                var until = Math.Min(closing.LookedAt, i + 1 < versions.Count ? versions[i + 1].After : ulong.MaxValue);
                var looked = mine.Where(seen => seen.Seq <= until).ToArray();
                foreach (var at in looked)
                {
                    var of = looked.Where(seen => seen.Time >= at.Time - window.Span && seen.Time <= at.Time).ToArray();
                    if (of.Any(seen => seen.Seq > after) && Holds(window, of))
                    {
                        holds.Add((window.IsOfEachEvent ? long.MinValue : at.Time - window.Span, at.Time));
                    }
                }
            }
            if (holds.Count > 0)
            {
                var counted = mine.Where(seen => seen.Time >= holds.Min(one => one.From)).ToArray();
                raised.Add(new Raised(counted.Length, counted.Min(seen => seen.Time), counted.Max(seen => seen.Time), 0, holds.Max(one => one.At), closing.Through != ulong.MaxValue));
            }
            before = closing.Through;
        }
        return raised;
    }

    /// <summary>Where the rule begins to hold: of an instant's events the first, when it has not held at any for as long as the window is.</summary>
    public static IReadOnlyList<Seen> Beginnings(Window window, IReadOnlyList<Seen> events)
    {
        var holds = events.Where(at => Holds(window, [.. events.Where(seen => seen.Time >= at.Time - window.Span && seen.Time <= at.Time)])).ToArray();
        return [.. holds.Where(at => !holds.Any(other => other.Time < at.Time && other.Time >= at.Time - window.Span) && !events.Any(other => other.Time == at.Time && other.Seq < at.Seq))];
    }

    public static bool Holds(Window window, Seen[] of)
    {
        var measured = window.Measure switch
        {
            Measure.Events => of.Length,
            Measure.Distinct => of.Select(seen => seen.Value).Distinct().Count(),
            Measure.Sum => of.Sum(seen => seen.Number),
            Measure.Average => of.Average(seen => seen.Number),
            _ => Percentile([.. of.Select(seen => seen.Number).Order()], window.Percentile),
        };
        return window.Further.Prepend((window.Comparison, window.Than)).All(bound => bound.Item1 switch
        {
            Comparison.AtLeast => measured >= bound.Item2,
            Comparison.MoreThan => measured > bound.Item2,
            Comparison.AtMost => measured <= bound.Item2,
            Comparison.LessThan => measured < bound.Item2,
            Comparison.Equal => measured == bound.Item2,
            _ => measured != bound.Item2,
        });
    }

    private static decimal Percentile(decimal[] sorted, decimal percentile)
    {
        var place = percentile * (sorted.Length - 1) / 100;
        var (below, above) = (sorted[(int)Math.Floor(place)], sorted[(int)Math.Ceiling(place)]);
        return below + ((above - below) * (place - Math.Floor(place)));
    }
}
