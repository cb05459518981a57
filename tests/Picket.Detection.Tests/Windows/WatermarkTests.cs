using Picket.Detection.Windows;
using Picket.Events;
using Picket.Testing;

namespace Picket.Detection.Tests.Windows;

/// <summary>Up to when no further event is waited for.</summary>
public sealed class WatermarkTests
{
    private const long Second = Instant.PerSecond;
    private static readonly long Noon = Some.Instant;
    private static readonly Lateness Lateness = new(600 * Second, [new("slow", 3_600 * Second)]);

    [Fact]
    public void It_is_that_of_the_source_that_is_furthest_behind()
    {
        var sources = new LiveSources(Lateness);
        Saw(sources, 0, ("fast", 0), ("slow one", -300));
        Assert.Equal(-900, Through(sources));
        Saw(sources, 10, ("fast", 5));
        Assert.Equal(-900, Through(sources));
        Saw(sources, 20, ("slow one", 6));
        Assert.Equal(-595, Through(sources));
    }

    [Fact]
    public void A_source_that_has_sent_nothing_for_a_minute_is_not_waited_for()
    {
        var sources = new LiveSources(Lateness);
        Saw(sources, 0, ("alive", 0), ("dead", -300));
        Saw(sources, 59, ("alive", 59));
        Assert.Equal(-900, Through(sources));
        Saw(sources, 60, ("alive", 60));
        Assert.Equal(-540, Through(sources));
    }

    [Fact]
    public void One_with_a_lateness_of_its_own_is_waited_for_as_long_as_that()
    {
        var sources = new LiveSources(Lateness);
        Saw(sources, 0, ("fast", 0), ("SLOW", 0));
        Assert.Equal(-3_600, Through(sources));
        Saw(sources, 1_800, ("fast", 1_800));
        Assert.Equal(-1_800, Through(sources));
        Saw(sources, 3_599, ("fast", 3_599));
        Assert.Equal(-1, Through(sources));
        Saw(sources, 3_600, ("fast", 3_600));
        Assert.Equal(3_000, Through(sources));
    }

    [Fact]
    public void It_never_goes_back_and_who_is_an_hour_behind_is_not_waited_for()
    {
        var sources = new LiveSources(Lateness);
        Saw(sources, 0, ("a", 0));
        Saw(sources, 1, ("b", -1_200));
        Assert.Equal(-600, Through(sources));
        Saw(sources, 2, ("a", 3_600 - 1_200 - 1));
        Assert.Equal(-600, Through(sources));
        Saw(sources, 3, ("a", 3_600 - 1_200));
        Assert.Equal(3_600 - 1_200 - 600, Through(sources));
    }

    [Fact]
    public void One_that_may_be_later_is_waited_for_when_it_is_further_behind()
    {
        var sources = new LiveSources(new Lateness(600 * Second, [new("branch", 7_200 * Second)]));
        Saw(sources, 0, ("branch", -7_000), ("a", 0));
        Assert.Equal(-14_200, Through(sources));
        Saw(sources, 1, ("a", 200));
        Assert.Equal(-400, Through(sources));
    }

    [Fact]
    public void Where_nothing_comes_for_a_minute_it_goes_on_by_the_clock()
    {
        var sources = new LiveSources(Lateness);
        Saw(sources, 0, ("a", -7_000));
        sources.GoOn(Noon + (59 * Second));
        Assert.Equal(-7_600, Through(sources));
        sources.GoOn(Noon + (60 * Second));
        Assert.Equal(-540, Through(sources));
        Saw(sources, 61, ("slow", 61));
        sources.GoOn(Noon + (3_000 * Second));
        Assert.Equal(-540, Through(sources));
        sources.GoOn(Noon + (3_661 * Second));
        Assert.Equal(3_061, Through(sources));
    }

    [Fact]
    public void Behind_a_start_it_is_where_it_was_until_all_that_are_sending_have_sent_something()
    {
        var sources = new LiveSources(new Lateness(600 * Second), Noon - (700 * Second), Noon + (500 * Second));
        Saw(sources, 0, ("fast", 0));
        Saw(sources, 50, ("slow one", -50));
        Saw(sources, 59, ("fast", 59));
        Assert.Equal(-700, Through(sources));
        Saw(sources, 61, ("fast", 61));
        Assert.Equal(-650, Through(sources));
    }

    [Fact]
    public void Behind_a_start_with_no_event_it_goes_on_by_the_clock()
    {
        var sources = new LiveSources(new Lateness(600 * Second), Noon - (700 * Second), Noon);
        sources.GoOn(Noon + (59 * Second));
        Assert.Equal(-700, Through(sources));
        sources.GoOn(Noon + (60 * Second));
        Assert.Equal(-540, Through(sources));
    }

    [Fact]
    public void Sources_beyond_those_that_are_told_apart_are_one()
    {
        var sources = new LiveSources(Lateness);
        for (var i = 0; i < Limits.Sources; i++)
        {
            sources.Saw(BitConverter.GetBytes(i), Noon, Noon);
        }
        Saw(sources, 1, ("one more", -300), ("one more", -200), ("another", -100));
        Assert.Equal((-700, 3), (Through(sources), sources.Shared));
        Saw(sources, 61, ("one more", 61));
        Assert.Equal((-539, 4), (Through(sources), sources.Shared));
        Saw(sources, 62, ("one more", 62));
        Assert.Equal((-539, 4), (Through(sources), sources.Shared));
    }

    [Fact]
    public void A_source_is_what_its_events_call_it_else_the_application_else_the_host()
    {
        using var batch = Some.Batch("""{"source":"s","app":"a","host":"h"}""", """{"app":"a","host":"h"}""", """{"source":"","host":"h"}""", """{"source":null,"host":"h"}""", """{"x":1}""");
        var names = new SourceNames(batch);
        Assert.Equal(["s", "a", "h", "h", ""], [Text(names.Of(0)), Text(names.Of(1)), Text(names.Of(2)), Text(names.Of(3)), Text(names.Of(4))]);
    }

    [Fact]
    public void Each_tenant_has_its_own_and_a_clock_that_is_ahead_says_nothing()
    {
        var marks = new Watermarks(Lateness);
        using var ofOne = Some.Batch("""{"ts":"2026-01-20T11:10:00Z"}""", """{"ts":"2026-01-20T12:06:00Z","app":"ahead"}""");
        using var ofAnother = Some.BatchOf(new TenantId(7), """{"ts":"2026-01-20T11:30:00Z"}""");
        marks.Saw(ofOne, isRecorded: false);
        marks.Saw(ofAnother, isRecorded: false);
        Assert.Equal(((-3_000 - 600) * Second, (-1_800 - 600) * Second), (marks.Of(TenantId.Default) - Noon, marks.Of(new TenantId(7)) - Noon));
        marks.Pass(ofAnother, Noon);
        Assert.Equal(Noon - 1, marks.All[new TenantId(7)]);
        Assert.Equal(long.MinValue, marks.Of(new TenantId(8)));
    }

    private static void Saw(LiveSources sources, long received, params (string Name, long Time)[] events)
    {
        foreach (var (name, time) in events)
        {
            sources.Saw(System.Text.Encoding.UTF8.GetBytes(name), Noon + (time * Second), Noon + (received * Second));
        }
        sources.Advance();
    }

    private static long Through(LiveSources sources) => (sources.Through - Noon) / Second;

    private static string Text(ReadOnlySpan<byte> text) => System.Text.Encoding.UTF8.GetString(text);
}
