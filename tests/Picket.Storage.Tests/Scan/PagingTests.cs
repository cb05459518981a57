using Picket.Events;
using Picket.Query;
using Picket.Query.Operators;
using Picket.Query.Store;
using Picket.Testing;

namespace Picket.Storage.Tests.Scan;

public sealed class PagingTests : ReturnsItsMemory
{
    private sealed record Sent(int Number, long Time, long KeptUntil, string App);

    [Fact]
    public void Pages_neither_skip_nor_repeat_while_events_arrive_are_merged_or_expire() => Property.HoldsAsync(40, PageAsync);

    private static async Task PageAsync(Random random)
    {
        using var open = new OpenStore(new StorageOptions { MinimumFreeBytes = 0, IdleFlush = TimeSpan.FromHours(1), MaintainInBackground = false, Retention = new Retention(1, new Dictionary<TenantId, int>()) });
        var sent = new List<Sent>();
        for (var part = random.Next(3, 12); part > 0; part--)
        {
            await SendAsync(open, random, sent, "before");
            await StirAsync(open, random, mostHours: 3);
        }
        var filter = random.Next(2) == 0 ? Filter.Everything : Terms.Equal("app", "app1");
        var newestFirst = random.Next(2) == 0;
        var (seen, size) = (new List<Sent>(), random.Next(1, 60));
        PageCursor? after = null;
        do
        {
            using var page = await open.Store.SearchAsync(new SearchRequest(TenantId.Default, TimeRange.All, filter) { Limit = size, NewestFirst = newestFirst, After = after }, default);
            var now = Instant.Now(open.Time);
            foreach (var json in OpenStore.Json(page.Batch))
            {
                Assert.DoesNotContain("\"after\"", json, StringComparison.Ordinal);
                var one = sent[int.Parse(json.AsSpan(json.LastIndexOf(':') + 1).TrimEnd('}'), System.Globalization.CultureInfo.InvariantCulture)];
                Assert.True(one.KeptUntil >= now, $"{json} has expired");
                seen.Add(one);
            }
            after = page.Next;
            await SendAsync(open, random, [], "after");
            await StirAsync(open, random, mostHours: 1);
        }
        while (after is not null);
        var end = Instant.Now(open.Time);
        var inOrder = sent.Where(one => filter == Filter.Everything || one.App == "app1").OrderBy(one => one.Time).ThenBy(one => one.Number).ToList();
        if (newestFirst)
        {
            inOrder.Reverse();
        }
        // Kept to the last instant of its days. What expired on the way may have been shown before or not; all else is there once.
        Assert.Equal(inOrder.Where(one => one.KeptUntil >= end || seen.Contains(one)), seen);
    }

    private static async Task SendAsync(OpenStore open, Random random, List<Sent> sent, string when)
    {
        var (json, now) = (new List<string>(), Instant.Now(open.Time));
        for (var i = random.Next(1, 40); i > 0; i--)
        {
            var time = (now / Instant.PerSecond * Instant.PerSecond) - (random.Next(40 * 3_600) * Instant.PerSecond);
            var one = new Sent(sent.Count, time, Math.Max(time, now) + Instant.PerDay, "app" + random.Next(3));
            sent.Add(one);
            json.Add($"{{\"ts\":\"{Instant.Format(time)}\",\"app\":\"{one.App}\",\"when\":\"{when}\",\"number\":{one.Number}}}");
        }
        await open.AppendNowAsync(TenantId.Default, [.. json]);
    }

    private static async Task StirAsync(OpenStore open, Random random, int mostHours)
    {
        switch (random.Next(5))
        {
            case 0: await open.Store.FlushAsync(default); break;
            case 1: open.Store.Maintain(); break;
            case 2: open.Restart(); break;
        }
        open.Time.Advance(TimeSpan.FromMinutes(random.Next(mostHours * 60)));
    }
}
