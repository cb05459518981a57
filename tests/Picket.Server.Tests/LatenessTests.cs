using System.Text;
using Picket.Events;
using Picket.Events.Parsing;
using Picket.Server.Rules;

namespace Picket.Server.Tests;

public sealed class LatenessTests
{
    [Fact]
    public void It_tells_within_which_time_all_but_a_thousandth_of_the_events_came_and_which_clocks_are_ahead()
    {
        var (meter, received) = (new LatenessMeter(), Instant.From(new DateTimeOffset(2026, 1, 20, 12, 0, 0, TimeSpan.Zero)));
        Assert.Equal(0, meter.Quantile(0.999));
        // Ten thousand within half a second, ten within half a minute, one two hours late and one ten minutes ahead.
        Add(meter, received, [.. Enumerable.Repeat(-0.4, 10_000), .. Enumerable.Repeat(-30.0, 10), -7_200, 600]);
        Assert.Equal((0.512, 32.768, 8_388.608, 1), (meter.Quantile(0.5), meter.Quantile(0.9995), meter.Quantile(1), meter.Ahead));
    }

    private static void Add(LatenessMeter meter, long received, double[] seconds)
    {
        using var parser = new EventParser { ReceivedAt = received };
        foreach (var at in seconds)
        {
            Assert.True(parser.TryParse(Encoding.UTF8.GetBytes($"{{\"ts\":\"{Instant.Format(received + (long)(at * Instant.PerSecond))}\"}}"), 0));
        }
        using var batch = parser.Into.Seal();
        meter.Add(batch);
    }
}
