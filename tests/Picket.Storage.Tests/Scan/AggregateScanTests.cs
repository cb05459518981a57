using Picket.Events;
using Picket.Query;
using Picket.Query.Aggregates;
using Picket.Query.Operators;
using Picket.Query.Store;
using Picket.Testing;

namespace Picket.Storage.Tests.Scan;

public sealed class AggregateScanTests
{
    private const int Seconds = 10 * 3_600;

    [Fact]
    public async Task Counts_over_a_time_that_cuts_hours_are_those_of_the_events()
    {
        using var open = new OpenStore();
        var random = new Random(11);
        var day = Some.Instant / Instant.PerDay * Instant.PerDay;
        var events = Enumerable.Range(0, 4_000).Select(_ => (Second: random.Next(Seconds), Level: random.Next(3) == 0 ? "error" : "info", App: "app" + random.Next(4))).ToArray();
        await open.AppendAsync([.. events.Select(sent => $$"""{"ts":{{(day / Instant.PerSecond) + sent.Second}},"level":"{{sent.Level}}","app":"{{sent.App}}"}""")]);
        await open.Store.FlushAsync(default);
        for (var step = 0; step < 200; step++)
        {
            var (from, length) = (random.Next(Seconds), random.Next(Seconds));
            var time = new TimeRange(day + (from * Instant.PerSecond), day + ((from + length) * Instant.PerSecond));
            var table = await open.Store.AggregateAsync(new AggregateRequest(TenantId.Default, time, Terms.Equal("level", "error"), new Aggregation([new("app")], 0, [Metric.Count])), default);
            var expected = events.Where(sent => sent.Level == "error" && sent.Second >= from && sent.Second < from + length).CountBy(sent => sent.App).Select(pair => (pair.Key, (long)pair.Value)).Order();
            Assert.Equal(expected, table.Rows.Select(row => (row.Key[0].Text!, row.Count)).Order());
        }
    }
}
