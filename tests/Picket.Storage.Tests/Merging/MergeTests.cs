using System.Globalization;
using Picket.Events;
using Picket.Query;
using Picket.Query.Aggregates;
using Picket.Query.Operators;
using Picket.Query.Store;
using Picket.Storage.Inspection;
using Picket.Testing;

namespace Picket.Storage.Tests.Merging;

public sealed class MergeTests : ReturnsItsMemory
{
    [Fact]
    public async Task Eight_of_a_size_become_one_with_full_blocks_copied_and_others_put_in_order()
    {
        using var open = new OpenStore();
        // Five stretches of time of their own with full blocks, and three small ones that overlap.
        for (var part = 0; part < 5; part++)
        {
            await open.AppendAsync(Lines(part * 6_000, 6_000, "a"));
            await open.Store.FlushAsync(default);
        }
        for (var part = 0; part < 3; part++)
        {
            await open.AppendAsync(Lines(100, 50, "b"));
            await open.Store.FlushAsync(default);
        }
        var expected = await CountAsync(open, Filter.Everything);
        Assert.Equal(30_150, expected);
        open.Store.Maintain();
        Assert.Equal((1, 1L), (open.Store.Statistics.Segments, open.Store.Statistics.Merges));
        Assert.Equal(expected, await CountAsync(open, Filter.Everything));
        Assert.Equal(150, await CountAsync(open, Terms.Equal("app", "b")));
        Assert.Equal(4, await CountAsync(open, Terms.Equal("id", $"id{120:000000}")));
        using (var page = await open.Store.SearchAsync(new SearchRequest(TenantId.Default, TimeRange.All, Filter.Everything) { Limit = 1_000 }, default))
        {
            Assert.Equal(page.Batch.Times.ToArray().OrderDescending(), page.Batch.Times.ToArray());
        }
        open.WhileClosed(() =>
        {
            Assert.Empty(new VerifyData(open.Folder, OpenStore.Log).Run((_, _) => { }, default).Findings);
            var report = InspectData.Run(open.Folder, OpenStore.Log);
            Assert.Equal((1, 30_150), (Assert.Single(report.Segments).Level, report.Segments[0].Events));
            // The first full block lay in the way of the small ones and took them in; the others were copied.
            Assert.Equal(5, report.Segments[0].Blocks);
        });
    }

    [Fact]
    public async Task Reading_by_position_goes_on_across_merges_without_gap_or_repeat()
    {
        using var open = new OpenStore();
        var (seen, events) = (new List<ulong>(), 0);
        using var end = new CancellationTokenSource();
        var reader = open.Store.ReadAsync(new LogPosition(OpenStore.Log, 3), end.Token).GetAsyncEnumerator(end.Token);
        for (var round = 0; round < 16; round++)
        {
            // Days and tenants mixed, so that segments keep another order than the log.
            foreach (var tenant in (uint[])[1, 2])
            {
                await OpenStore.AppendAsync(open.Store, new TenantId(tenant), null, [.. Enumerable.Range(0, 9).Select(i => $"{{\"ts\":\"2026-01-{10 + (i * round % 5):00}T00:00:00Z\"}}")]);
                events += 9;
            }
            await open.Store.FlushAsync(default);
            if (round % 5 == 4)
            {
                open.Store.Maintain();
            }
            while (seen.Count < events - 3 && await reader.MoveNextAsync())
            {
                using var entry = reader.Current;
                seen.AddRange(entry.Batch.Seqs.ToArray());
            }
        }
        Assert.Equal(Enumerable.Range(4, events - 3).Select(n => (ulong)n), seen);
        await end.CancelAsync();
        await reader.DisposeAsync();
    }

    [Fact]
    public async Task Pages_neither_skip_nor_repeat_while_segments_are_merged()
    {
        using var open = new OpenStore();
        for (var part = 0; part < 8; part++)
        {
            await open.AppendAsync(Lines(part, 40, "a"));
            await open.Store.FlushAsync(default);
        }
        var expected = (await open.AllAsync()).AsEnumerable().Reverse().ToList();
        var seen = new List<string>();
        PageCursor? after = null;
        do
        {
            using var page = await open.Store.SearchAsync(new SearchRequest(TenantId.Default, TimeRange.All, Filter.Everything) { Limit = 30, After = after }, default);
            seen.AddRange(OpenStore.Json(page.Batch));
            after = page.Next;
            if (seen.Count == 90)
            {
                open.Store.Maintain();
            }
        }
        while (after is not null);
        Assert.Equal(expected, seen);
    }

    [Fact]
    public async Task Expired_events_are_hidden_at_once_and_their_files_dropped_whole()
    {
        var own = new TenantId(2);
        using var open = new OpenStore(new StorageOptions
        {
            MinimumFreeBytes = 0,
            IdleFlush = TimeSpan.FromHours(1),
            MaintainInBackground = false,
            Retention = new Retention(30, new Dictionary<TenantId, int> { [own] = 2 }),
        });
        // Happened long ago, received now: kept from now on.
        await open.AppendNowAsync(own, """{"ts":"2020-01-01T00:00:00Z","n":1}""", """{"n":2}""");
        await open.AppendNowAsync(TenantId.Default, """{"n":3}""");
        await open.Store.FlushAsync(default);
        Assert.Equal(2, await CountAsync(open, Filter.Everything, own));
        open.Time.Advance(TimeSpan.FromDays(2) + TimeSpan.FromSeconds(1));
        Assert.Equal(0, await CountAsync(open, Filter.Everything, own));
        Assert.Equal(1, await CountAsync(open, Filter.Everything));
        Assert.Null(await open.Store.FindAsync(own, EventId.From(new LogPosition(OpenStore.Log, 1), Some.Instant), default));
        Assert.Equal(3, open.Store.Statistics.Segments);
        open.Store.Maintain();
        Assert.Equal((1, 2L), (open.Store.Statistics.Segments, open.Store.Statistics.SegmentsExpired));
        Assert.Single(Directory.GetFiles(Path.Combine(open.Folder, "segments")));
        open.Time.Advance(TimeSpan.FromDays(40));
        open.Store.Maintain();
        Assert.Equal(0, open.Store.Statistics.Segments);
        Assert.Equal(3ul, open.Store.Durable.Seq);
        open.Restart();
        Assert.Equal(4ul, (await open.AppendAsync("""{"n":4}""")).First.Seq);
    }

    [Fact]
    public async Task A_broken_clock_makes_few_files_and_days_with_many_events_get_their_own()
    {
        using var open = new OpenStore();
        await open.AppendAsync([.. Enumerable.Range(0, 3_000).Select(day => Line(new DateTime(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddDays(day), day, "odd"))]);
        await open.AppendAsync([.. Enumerable.Range(0, 9_000).Select(i => Line(new DateTime(2015, 5, 5, 0, 0, 0, DateTimeKind.Utc).AddSeconds(i), i, "many"))]);
        await open.Store.FlushAsync(default);
        Assert.Equal(65, open.Store.Statistics.Segments);
        open.Store.Maintain();
        Assert.InRange(open.Store.Statistics.Segments, 2, 66);
        open.WhileClosed(() =>
        {
            var segments = InspectData.Run(open.Folder, OpenStore.Log).Segments;
            Assert.Equal(9_000, segments.Single(segment => segment.Day == "2015-05-05").Events);
            Assert.Equal(3_000 - 64, segments.Single(segment => segment.Day == "mixed").Events);
            Assert.Empty(new VerifyData(open.Folder, OpenStore.Log).Run((_, _) => { }, default).Findings);
        });
        Assert.Equal(3_000, await CountAsync(open, Terms.Equal("app", "odd")));
        Assert.Equal(9_000, await CountAsync(open, Terms.Equal("app", "many")));
    }

    [Fact]
    public async Task Fields_beyond_the_bounds_are_found_all_the_same()
    {
        using var open = new OpenStore();
        for (var part = 0; part < 8; part++)
        {
            // 1,600 names a batch and 12,800 in all, each event with a few of them and one that all have.
            await open.AppendAsync([.. Enumerable.Range(0, 400).Select(i => $"{{\"all\":\"yes\",\"f{(part * 1_600) + (i * 4)}\":\"v{i}\",\"f{(part * 1_600) + (i * 4) + 1}\":{i},\"f{(part * 1_600) + (i * 4) + 2}\":[\"in {i}\"],\"f{(part * 1_600) + (i * 4) + 3}\":null}}")]);
        }
        for (var round = 0; round < 3; round++)
        {
            foreach (var name in (int[])[0, 1_600 * 3, 1_600 * 7, (1_600 * 7) + 1_596])
            {
                var i = name % 1_600 / 4;
                Assert.Equal(1, await CountAsync(open, Terms.Equal($"f{name}", $"v{i}")));
                Assert.Equal(0, await CountAsync(open, Terms.Equal($"f{name}", $"v{i + 1}")));
                Assert.Equal(1, await CountAsync(open, new Filter.Term(new($"f{name + 1}"), Between.AtLeast(i))));
                Assert.Equal(1, await CountAsync(open, new Filter.Term(new($"f{name + 2}"), new Phrase($"{i}"))));
                Assert.Equal(1, await CountAsync(open, new Filter.Term(new($"f{name}"), new Exists())));
            }
            Assert.Equal(3_200, await CountAsync(open, Terms.Equal("all", "yes")));
            Assert.StartsWith("""{"all":"yes","f3200":"v0","f3201":0""", (await open.AllAsync(Terms.Equal("f3200", "v0")))[0], StringComparison.Ordinal);
            await open.Store.FlushAsync(default);
            if (round == 1)
            {
                open.Store.Maintain();
            }
        }
        open.WhileClosed(() =>
        {
            Assert.InRange(InspectData.Run(open.Folder, OpenStore.Log).Fields.Count, 1_000, 4_200);
            Assert.Empty(new VerifyData(open.Folder, OpenStore.Log).Run((_, _) => { }, default).Findings);
        });
    }

    [Fact]
    public async Task Very_large_events_make_small_blocks_and_pages_that_end_early()
    {
        using var open = new OpenStore();
        for (var i = 0; i < 12; i++)
        {
            await open.AppendAsync([.. Enumerable.Range(0, 4).Select(n => $"{{\"n\":{(i * 4) + n},{string.Join(',', Enumerable.Range(0, 14).Select(f => $"\"big{f}\":\"{new string((char)('a' + f), 60_000)}\""))}}}")]);
        }
        await open.Store.FlushAsync(default);
        open.WhileClosed(() => Assert.True(InspectData.Run(open.Folder, OpenStore.Log).Segments.Sum(segment => segment.Blocks) >= 4));
        var (seen, pages) = (0, 0);
        PageCursor? after = null;
        do
        {
            using var page = await open.Store.SearchAsync(new SearchRequest(TenantId.Default, TimeRange.All, Filter.Everything) { Limit = 1_000, After = after }, default);
            Assert.True(page.Batch.Bytes < 4 * Limits.PageBytes);
            seen += page.Batch.Count;
            pages++;
            after = page.Next;
        }
        while (after is not null);
        Assert.Equal(48, seen);
        Assert.True(pages > 1);
    }

    private static string[] Lines(int first, int count, string app) =>
        [.. Enumerable.Range(first, count).Select(i => Line(new DateTime(2026, 1, 20, 0, 0, 0, DateTimeKind.Utc).AddSeconds(i), i, app))];

    private static string Line(DateTime at, int i, string app) => string.Create(
        CultureInfo.InvariantCulture, $"{{\"ts\":\"{at:yyyy-MM-ddTHH:mm:ssZ}\",\"app\":\"{app}\",\"id\":\"id{i:000000}\",\"ms\":{i % 500 / 10d:0.0#},\"message\":\"request {i} of {app} took {i % 97} ms\"}}");

    private static async Task<long> CountAsync(OpenStore open, Filter filter, TenantId? tenant = null)
    {
        var table = await open.Store.AggregateAsync(new AggregateRequest(tenant ?? TenantId.Default, TimeRange.All, filter, new Aggregation([], 0, [Metric.Count])), default);
        return table.Rows.Sum(row => row.Count);
    }
}
