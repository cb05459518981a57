using Picket.Events;
using Picket.Query;
using Picket.Query.Aggregates;
using Picket.Query.Operators;
using Picket.Query.Store;
using Picket.Testing;

namespace Picket.Storage.Tests.Scan;

public sealed class KnownAnswersTests
{
    private static readonly Filter Sevens = new Filter.Term(new("message"), new Contains("7"));

    [Fact]
    public async Task A_question_asked_again_runs_its_filter_over_new_blocks_only()
    {
        using var open = new OpenStore();
        await FillAsync(open, 0);
        var first = await CountAsync(open, TenantId.Default, TimeRange.All);
        var blocks = open.Store.Statistics.BlocksMatched;
        Assert.InRange(blocks, 2, 100);
        Assert.Equal(0, open.Store.Statistics.BlocksKnown);
        // Another time of the same question, as a list and as a count.
        Assert.Equal(first / 2, await CountAsync(open, TenantId.Default, new TimeRange(Some.Instant, Some.Instant + (10_000 * Instant.PerMillisecond))));
        using (await open.Store.SearchAsync(new SearchRequest(TenantId.Default, TimeRange.All, Sevens) { Limit = 10 }, default))
        {
        }
        Assert.Equal(blocks, open.Store.Statistics.BlocksMatched);
        Assert.InRange(open.Store.Statistics.BlocksKnown, 2, 2 * blocks);
        await FillAsync(open, 20_000);
        Assert.Equal(2 * first, await CountAsync(open, TenantId.Default, TimeRange.All));
        Assert.Equal(2 * blocks, open.Store.Statistics.BlocksMatched);
        open.Store.Maintain();
        Assert.Equal(2 * first, await CountAsync(open, TenantId.Default, TimeRange.All));

    }

    [Fact]
    public async Task What_is_known_of_a_block_shows_no_tenant_anothers_events()
    {
        using var open = new OpenStore();
        var other = new TenantId(2);
        for (var part = 0; part < 5; part++)
        {
            await OpenStore.AppendAsync(open.Store, TenantId.Default, null, [.. Enumerable.Range(0, 100).Select(i => $"{{\"message\":\"m{i}\"}}")]);
            await OpenStore.AppendAsync(open.Store, other, null, [.. Enumerable.Range(0, 30).Select(i => $"{{\"message\":\"m{i}\"}}")]);
        }
        await open.Store.FlushAsync(default);
        for (var again = 0; again < 2; again++)
        {
            Assert.Equal(5 * 19, await CountAsync(open, TenantId.Default, TimeRange.All));
            Assert.Equal(5 * 3, await CountAsync(open, other, TimeRange.All));
        }
    }

    [Fact]
    public async Task With_more_questions_than_are_remembered_answers_stay_right()
    {
        using var open = new OpenStore();
        await open.AppendAsync([.. Enumerable.Range(0, 500).Select(i => $"{{\"message\":\"m{i}.\"}}")]);
        await open.Store.FlushAsync(default);
        for (var number = 0; number < Limits.KnownFilters + 500; number++)
        {
            var filter = new Filter.Term(new("message"), new Contains($"m{number}."));
            Assert.Equal(number < 500 ? 1 : 0, await CountAsync(open, TenantId.Default, TimeRange.All, filter));
            Assert.Equal(95, await CountAsync(open, TenantId.Default, TimeRange.All));
        }
    }

    [Fact]
    public async Task Answers_are_known_though_what_was_read_for_them_fills_the_cache_many_times()
    {
        using var open = new OpenStore(new StorageOptions { MinimumFreeBytes = 0, IdleFlush = TimeSpan.FromHours(1), MaintainInBackground = false, CacheBytes = 1024 * 1024 });
        await open.AppendAsync([.. Enumerable.Range(0, 60_000).Select(i => $"{{\"message\":\"m{i} {new string('x', 100)}\"}}")]);
        await open.Store.FlushAsync(default);
        var first = await CountAsync(open, TenantId.Default, TimeRange.All);
        var blocks = open.Store.Statistics.BlocksMatched;
        Assert.True(blocks >= 7);
        await open.AppendAsync("{\"message\":\"77\"}");
        Assert.Equal(first + 1, await CountAsync(open, TenantId.Default, TimeRange.All));
        Assert.Equal((blocks, blocks), (open.Store.Statistics.BlocksMatched, open.Store.Statistics.BlocksKnown));
    }

    [Fact]
    public async Task An_aggregate_asked_again_is_known_while_the_same_segments_hold_all_of_its_answer()
    {
        using var open = new OpenStore(new StorageOptions { MinimumFreeBytes = 0, IdleFlush = TimeSpan.FromHours(1), MaintainInBackground = false, Retention = new Retention(2, new Dictionary<TenantId, int>()) });
        var other = new TenantId(2);
        async Task<(long Count, long Known)> AskAsync(TenantId? tenant = null, int top = 0)
        {
            var before = open.Store.Statistics.TablesKnown;
            var table = await open.Store.AggregateAsync(new AggregateRequest(tenant ?? TenantId.Default, TimeRange.All, Filter.Everything, new Aggregation([new("message")], 0, [Metric.Count], top)), default);
            return (table.Rows.Sum(row => row.Count), open.Store.Statistics.TablesKnown - before);
        }
        await open.AppendNowAsync(TenantId.Default, "{\"message\":\"a\"}", "{\"message\":\"a\"}", "{\"message\":\"b\"}");
        await open.AppendNowAsync(other, "{\"message\":\"a\"}");
        Assert.Equal((3, 0), await AskAsync());
        Assert.Equal((3, 0), await AskAsync());
        await open.Store.FlushAsync(default);
        Assert.Equal((3, 0), await AskAsync());
        Assert.Equal((3, 1), await AskAsync());
        Assert.Equal((1, 0), await AskAsync(other));
        Assert.Equal((2, 0), await AskAsync(top: 1));
        open.Time.Advance(TimeSpan.FromHours(30));
        await open.AppendNowAsync(TenantId.Default, "{\"message\":\"c\"}");
        Assert.Equal((4, 0), await AskAsync());
        await open.Store.FlushAsync(default);
        Assert.Equal((4, 0), await AskAsync());
        Assert.Equal((4, 1), await AskAsync());
        // The first three expire; what is left is another question.
        open.Time.Advance(TimeSpan.FromHours(30));
        Assert.Equal((1, 0), await AskAsync());
        Assert.Equal((1, 1), await AskAsync());
    }

    private static async Task FillAsync(OpenStore open, int from)
    {
        await open.AppendAsync([.. Enumerable.Range(from, 20_000).Select(i => $"{{\"ts\":\"{Instant.Format(Some.Instant + (i % 20_000 * Instant.PerMillisecond))}\",\"message\":\"m{i % 10_000}\"}}")]);
        await open.Store.FlushAsync(default);
    }

    private static async Task<long> CountAsync(OpenStore open, TenantId tenant, TimeRange time, Filter? filter = null)
    {
        var table = await open.Store.AggregateAsync(new AggregateRequest(tenant, time, filter ?? Sevens, new Aggregation([], 0, [Metric.Count])), default);
        return table.Rows.Sum(row => row.Count);
    }
}
