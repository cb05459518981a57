using Picket.Events;
using Picket.Events.Schema;
using Picket.Query;
using Picket.Query.Aggregates;
using Picket.Query.Operators;
using Picket.Query.Store;
using Picket.Testing;

namespace Picket.Storage.Tests.Scan;

public sealed class AggregateScanTests
{
    [Fact]
    public async Task What_an_answer_took_is_counted()
    {
        using var open = new OpenStore();
        await open.AppendAsync([.. Enumerable.Range(0, 20_000).Select(i => $"{{\"app\":\"app{i % 3}\",\"id\":\"id{i}\",\"number\":{i}}}")]);
        await open.Store.FlushAsync(default);
        async Task<ScanCounts> CountAsync(Filter filter, params Field[] by)
        {
            var request = new AggregateRequest(TenantId.Default, TimeRange.All, filter, new Aggregation(by, 0, [Metric.Count]));
            await open.Store.AggregateAsync(request, default);
            return request.Counts;
        }
        // A block by the index, none by the directory and the cube, all where values must be looked at.
        Assert.Equal((1, 2, 0), Shown(await CountAsync(Terms.Equal("id", "id77"))));
        Assert.Equal((0, 0, 20_000), Shown(await CountAsync(Filter.Everything)));
        Assert.Equal((0, 0, 20_000), Shown(await CountAsync(Filter.Everything, new Field("app"))));
        Assert.Equal((3, 0, 0), Shown(await CountAsync(Filter.Everything, new Field("number"))));
        Assert.Equal((0, 3, 0), Shown(await CountAsync(new Filter.Term(new Field("number"), new Between(50_000, true, 60_000, true)))));
        // What is decoded is told, once: then it is in the cache.
        var first = await CountAsync(Terms.Equal("app", "app1"), new Field("id"));
        Assert.True(first.ColumnsDecoded >= 3 && first.BytesDecoded > 3 * 1_024, $"{first.ColumnsDecoded} columns, {first.BytesDecoded} bytes");
        Assert.Equal((0, 0), ((await CountAsync(Terms.Equal("app", "app1"), new Field("id"), new Field("app"))) is var again ? (again.ColumnsDecoded, again.BytesDecoded) : default));
        static (long, long, long) Shown(ScanCounts counts) => (counts.BlocksRead, counts.BlocksPassed, counts.EventsKnown);
    }

    [Fact]
    public async Task A_question_that_takes_too_long_is_ended_and_says_what_it_did()
    {
        using var open = new OpenStore(new StorageOptions { MinimumFreeBytes = 0, MaintainInBackground = false, QueryTimeLimit = TimeSpan.Zero });
        await open.AppendAsync("{}");
        var error = await Assert.ThrowsAsync<QueryException>(async () => await open.Store.AggregateAsync(new AggregateRequest(TenantId.Default, TimeRange.All, Filter.Everything, new Aggregation([], 0, [Metric.Count])), default));
        Assert.Equal(QueryException.TimedOut, error.Error);
        Assert.Contains("it looked at 0 events in 0 blocks", error.Message, StringComparison.Ordinal);
    }

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
