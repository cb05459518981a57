using System.Globalization;
using Picket.Events;
using Picket.Events.Log;
using Picket.Query;
using Picket.Query.Aggregates;
using Picket.Query.Store;
using Picket.Testing;

namespace Picket.Storage.Tests;

/// <summary>
/// The engine against a plain list: random batches, flushes, merges, restarts, crashes, time that passes, and questions in between. <c>PICKET_MODEL_SEEDS</c> makes it longer.
/// </summary>
public sealed class ModelTests : ReturnsItsMemory
{
    private const int Steps = 150;
    private static readonly TenantId[] Tenants = [new(1), new(2), new(3)];

    [Fact]
    public async Task The_engine_agrees_with_a_plain_list_over_thousands_of_steps()
    {
        var seeds = int.TryParse(Environment.GetEnvironmentVariable("PICKET_MODEL_SEEDS"), CultureInfo.InvariantCulture, out var asked) ? asked : 16;
        var first = Environment.TickCount & 0xFFFFFF;
        for (var seed = first; seed < first + seeds; seed++)
        {
            TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
            await RunAsync(seed);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public Task The_engine_agrees_with_a_plain_list(int seed) => RunAsync(seed);

    private static async Task RunAsync(int seed)
    {
        var random = new Random(seed);
        var (events, filters) = (new RandomEvents(random), new RandomFilters(random));
        var retention = new Retention(0, new Dictionary<TenantId, int> { [Tenants[1]] = 3, [Tenants[2]] = 1 });
        using var open = new OpenStore(new StorageOptions
        {
            MinimumFreeBytes = 0,
            GenerationBytes = 20_000,
            IdleFlush = TimeSpan.FromHours(1),
            Retention = retention,
            MaintainInBackground = random.Next(2) == 0,
            CacheBytes = random.Next(3) * 200_000,
        });
        using var plain = new PlainStore();
        var bookmarks = new Dictionary<(TenantId, string), string>();
        for (var step = 0; step < Steps; step++)
        {
            switch (random.Next(16))
            {
                case 0:
                    await open.Store.FlushAsync(default);
                    break;
                case 1:
                    open.Restart();
                    break;
                case 2:
                    open.Crash();
                    break;
                case 3:
                    open.Store.Maintain();
                    break;
                case 4:
                    open.Time.Advance(TimeSpan.FromHours(random.Next(20)));
                    break;
                case < 10:
                    var tenant = Tenants[random.Next(3)];
                    var json = Enumerable.Range(0, random.Next(1, 40)).Select(_ => events.Next()).ToArray();
                    var now = Instant.Now(open.Time);
                    var mark = random.Next(3) == 0 ? new Bookmark($"file{random.Next(3)}", $"{step}") : (Bookmark?)null;
                    var result = await open.Store.AppendAsync(new AppendRequest(tenant, Some.BatchOf(tenant, now, json), null, mark), default);
                    Assert.Equal(AppendStatus.Committed, result.Status);
                    for (var i = 0; i < json.Length; i++)
                    {
                        plain.Add(tenant, result.First.Seq + (ulong)i, json[i], now);
                    }
                    if (mark is { } set)
                    {
                        bookmarks[(tenant, set.Source)] = set.Value;
                    }
                    break;
                default:
                    await CheckAsync(open, plain, filters, retention, random, $"seed {seed}, step {step}");
                    break;
            }
            Assert.All(bookmarks, pair => Assert.Equal(pair.Value, open.Store.FindBookmark(pair.Key.Item1, pair.Key.Item2)?.Value));
        }
        open.WhileClosed(() => Assert.Empty(new Inspection.VerifyData(open.Folder, OpenStore.Log).Run((_, _) => { }, default).Findings));
    }

    private static async Task CheckAsync(OpenStore open, PlainStore plain, RandomFilters filters, Retention retention, Random random, string where)
    {
        var (tenant, filter, newest) = (Tenants[random.Next(3)], filters.Next(), random.Next(2) == 0);
        // Some at whole hours, which cubes answer, and some that cut them.
        var unit = random.Next(2) == 0 ? 3_600L : 61L;
        var from = (Some.Instant / (3_600 * Instant.PerSecond) * 3_600 * Instant.PerSecond) + (random.NextInt64(-72 * 3_600, 24 * 3_600) / unit * unit * Instant.PerSecond);
        var time = random.Next(2) == 0 ? TimeRange.All : new TimeRange(from, from + (random.NextInt64(1, 48 * 3_600 / unit) * unit * Instant.PerSecond));
        var expected = plain.Search(tenant, time, filter, newest, retention.CutOff(tenant, Instant.Now(open.Time)));
        var offset = random.Next(5);
        var request = new SearchRequest(tenant, time, filter) { Limit = random.Next(1, 1_000), Offset = offset, NewestFirst = newest, CountTo = long.MaxValue };
        using var page = await open.Store.SearchAsync(request, default);
        Assert.True(expected.Skip(offset).Take(request.Limit).SequenceEqual(OpenStore.Json(page.Batch)), $"{where}: {filter}");
        Assert.Equal(expected.Count, page.Total);
        var table = await open.Store.AggregateAsync(new AggregateRequest(tenant, time, filter, new Aggregation([], 0, [Metric.Count])), default);
        Assert.Equal(expected.Count, table.Rows.Sum(row => row.Count));
        foreach (var interval in (long[])[0, 3_600 * Instant.PerSecond])
        {
            // Its groups come from cubes where there are any; their sum must be the same.
            var grouped = await open.Store.AggregateAsync(new AggregateRequest(tenant, time, filter, new Aggregation([new("app"), new("level")], interval, [Metric.Count])), default);
            Assert.True(expected.Count == grouped.Rows.Sum(row => row.Count), $"{where}: {filter} grouped");
        }
        var scanned = 0;
        await foreach (var batch in open.Store.ScanAsync(new ScanRequest(tenant, time, filter, default), default))
        {
            scanned += batch.Count;
            batch.Dispose();
        }
        Assert.Equal(expected.Count, scanned);
        var (swept, noneBefore) = (new List<string>(), Instant.Min);
        await foreach (var (batch, none) in open.Store.SweepAsync(new SweepRequest(tenant, time, filter), default))
        {
            using (batch)
            {
                swept.AddRange(OpenStore.Json(batch));
                Assert.True(none >= noneBefore && (batch.Count == 0 || batch.Times.ToArray().Min() >= none));
                noneBefore = none;
            }
        }
        Assert.True(expected.Order().SequenceEqual(swept.Order()), $"{where}: {filter} swept");
        var before = (ulong)random.Next(1, 1_000);
        await foreach (var (batch, _) in open.Store.SweepAsync(new SweepRequest(tenant, time, filter) { Before = before }, default))
        {
            using (batch)
            {
                Assert.True(batch.Count == 0 || batch.Seqs.ToArray().Max() < before);
            }
        }
    }
}
