using Picket.Events;
using Picket.Query;
using Picket.Query.Aggregates;
using Picket.Query.Operators;
using Picket.Query.Store;
using Picket.Testing;

namespace Picket.Storage.Tests.Scan;

public sealed class KnownFiltersTests
{
    private static readonly Filter Sevens = new Filter.Term(new("message"), new Contains("7"));

    [Fact]
    public async Task A_question_asked_again_runs_its_filter_over_new_blocks_only()
    {
        using var open = new OpenStore();
        await FillAsync(open, 0);
        var first = await CountAsync(open, TenantId.Default, TimeRange.All);
        var blocks = open.Store.Statistics.AnswersNew;
        Assert.InRange(blocks, 2, 100);
        Assert.Equal(0, open.Store.Statistics.AnswersKnown);
        // Another time of the same question, as a list and as a count.
        Assert.Equal(first / 2, await CountAsync(open, TenantId.Default, new TimeRange(Some.Instant, Some.Instant + (10_000 * Instant.PerMillisecond))));
        using (await open.Store.SearchAsync(new SearchRequest(TenantId.Default, TimeRange.All, Sevens) { Limit = 10 }, default))
        {
        }
        Assert.Equal(blocks, open.Store.Statistics.AnswersNew);
        Assert.InRange(open.Store.Statistics.AnswersKnown, 2, 2 * blocks);
        await FillAsync(open, 20_000);
        Assert.Equal(2 * first, await CountAsync(open, TenantId.Default, TimeRange.All));
        Assert.Equal(2 * blocks, open.Store.Statistics.AnswersNew);
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
