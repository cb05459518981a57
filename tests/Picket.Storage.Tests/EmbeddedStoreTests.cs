using Picket.Events;
using Picket.Events.Log;
using Picket.Events.Schema;
using Picket.Query;
using Picket.Query.Aggregates;
using Picket.Query.Operators;
using Picket.Query.Store;
using Picket.Testing;

namespace Picket.Storage.Tests;

public sealed class EmbeddedStoreTests : ReturnsItsMemory
{
    private static readonly TenantId Other = new(2);

    [Fact]
    public async Task Appended_events_are_found_at_once_and_after_flush_restart_and_crash()
    {
        using var open = new OpenStore();
        var result = await open.AppendAsync("""{"a":1}""", """{"a":2}""");
        Assert.Equal((AppendStatus.Committed, new LogPosition(OpenStore.Log, 1), 2), (result.Status, result.First, result.Count));
        string[] expected = ["""{"a":1}""", """{"a":2}"""];
        Assert.Equal(expected, await open.AllAsync());
        open.Crash();
        Assert.Equal(expected, await open.AllAsync());
        await open.AppendAsync("""{"a":3}""");
        await open.Store.FlushAsync(default);
        expected = [.. expected, """{"a":3}"""];
        Assert.Equal(expected, await open.AllAsync());
        open.Restart();
        Assert.Equal(expected, await open.AllAsync());
        Assert.Equal(3ul, open.Store.Durable.Seq);
    }

    [Fact]
    public async Task Every_id_finds_its_event_for_its_tenant_alone()
    {
        using var open = new OpenStore();
        var result = await open.AppendAsync("""{"a":1}""", """{"a":2}""");
        for (var flushed = 0; flushed < 2; flushed++)
        {
            for (var i = 0; i < 2; i++)
            {
                var id = EventId.From(result.First.Plus((ulong)i), result.ReceivedAt);
                using var found = await open.Store.FindAsync(TenantId.Default, id, default);
                Assert.Equal($"{{\"a\":{i + 1}}}", Some.Original(found![0]));
                Assert.Null(await open.Store.FindAsync(Other, id, default));
            }
            Assert.Null(await open.Store.FindAsync(TenantId.Default, EventId.From(result.First, result.ReceivedAt + 1_000_000), default));
            Assert.Null(await open.Store.FindAsync(TenantId.Default, EventId.From(new LogPosition(OpenStore.Log + 1, 1), result.ReceivedAt), default));
            Assert.Null(await open.Store.FindAsync(TenantId.Default, EventId.From(result.First.Plus(2), result.ReceivedAt), default));
            await open.Store.FlushAsync(default);
        }
    }

    [Fact]
    public async Task A_key_stores_once_also_after_crash_and_flush_and_refuses_another_body()
    {
        using var open = new OpenStore();
        var key = IdempotencyKey.From("k", 0, "body"u8);
        var first = await OpenStore.AppendAsync(open.Store, TenantId.Default, key, """{"a":1}""");
        for (var i = 0; i < 4; i++)
        {
            var again = await OpenStore.AppendAsync(open.Store, TenantId.Default, key, """{"a":1}""");
            Assert.Equal(first with { Status = AppendStatus.Repeated }, again);
            var other = await OpenStore.AppendAsync(open.Store, TenantId.Default, IdempotencyKey.From("k", 0, "other"u8), """{"a":2}""");
            Assert.Equal(AppendStatus.KeyConflict, other.Status);
            switch (i)
            {
                case 0: open.Crash(); break;
                case 1: await open.Store.FlushAsync(default); break;
                case 2: open.Restart(); break;
            }
        }
        Assert.Single(await open.AllAsync());
        Assert.Equal(AppendStatus.Committed, (await OpenStore.AppendAsync(open.Store, Other, key, """{"a":1}""")).Status);
        open.Time.Advance(TimeSpan.FromHours(25));
        Assert.Equal(AppendStatus.Committed, (await OpenStore.AppendAsync(open.Store, TenantId.Default, key, """{"a":1}""")).Status);
    }

    [Fact]
    public async Task Two_at_once_with_one_key_store_once()
    {
        using var open = new OpenStore();
        var key = IdempotencyKey.From("k", 0, "b"u8);
        var results = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => OpenStore.AppendAsync(open.Store, TenantId.Default, key, """{"a":1}""")));
        Assert.Single(results, result => result.Status == AppendStatus.Committed);
        Assert.Single(results.Select(result => result.First).Distinct());
        Assert.Single(await open.AllAsync());
    }

    [Fact]
    public async Task A_failed_flush_refuses_its_waiters_gives_the_file_up_and_the_next_append_works()
    {
        using var open = new OpenStore();
        await open.AppendAsync("""{"a":1}""");
        open.Files.FailFlushes = true;
        Assert.Equal(AppendStatus.Failed, (await open.AppendAsync("""{"a":"lost"}""")).Status);
        open.Files.FailFlushes = false;
        Assert.Equal(new LogPosition(OpenStore.Log, 2), (await open.AppendAsync("""{"a":2}""")).First);
        string[] expected = ["""{"a":1}""", """{"a":2}"""];
        Assert.Equal(expected, await open.AllAsync());
        open.Crash();
        Assert.Equal(expected, await open.AllAsync());
    }

    [Fact]
    public async Task A_full_disk_refuses_writes_answers_reads_and_heals()
    {
        using var open = new OpenStore(new StorageOptions { MinimumFreeBytes = 1_000 });
        await open.AppendAsync("""{"a":1}""");
        open.Files.Free = 10;
        Assert.Equal(AppendStatus.DiskFull, (await open.AppendAsync("""{"a":"no"}""")).Status);
        Assert.False(open.Store.IsWritable);
        open.Files.Free = null;
        open.Files.DiskFull = true;
        Assert.Equal(AppendStatus.DiskFull, (await open.AppendAsync("""{"a":"no"}""")).Status);
        Assert.Single(await open.AllAsync());
        open.Files.DiskFull = false;
        Assert.Equal(AppendStatus.Committed, (await open.AppendAsync("""{"a":2}""")).Status);
        Assert.Equal(2, (await open.AllAsync()).Count);
    }

    [Fact]
    public async Task A_flush_that_fails_loses_nothing_and_is_tried_again()
    {
        using var open = new OpenStore();
        await open.AppendAsync("""{"a":1}""");
        open.Files.FailWrites = true;
        var flush = open.Store.FlushAsync(default);
        while (open.Store.Statistics.WriteFailures == 0)
        {
            await Task.Yield();
        }
        Assert.Single(await open.AllAsync());
        open.Files.FailWrites = false;
        await flush;
        Assert.Single(await open.AllAsync());
        Assert.Equal(1, open.Store.Statistics.Segments);
    }

    [Theory]
    [InlineData(1_000)]
    [InlineData(1_018)]
    [InlineData(1_022)]
    [InlineData(1_300)]
    [InlineData(6_000)]
    public async Task Made_up_names_about_the_bounds_are_flushed_and_counts_by_level_and_app_stay_right(int names)
    {
        using var open = new OpenStore();
        // The app comes last, when there may be no room for it any more.
        await open.AppendAsync([.. Enumerable.Range(0, names).Select(i => $"{{\"made{i}\":{i}}}"), """{"level":"error","app":"late"}"""]);
        await open.Store.FlushAsync(default);
        var table = await open.Store.AggregateAsync(new AggregateRequest(TenantId.Default, TimeRange.All, Filter.Everything, new Aggregation([EventSchema.Level, EventSchema.App], 0, [Metric.Count])), default);
        Assert.Equal([("error", "late", 1L), ("info", null, names)], table.Rows.Select(row => (row.Key[0].Text, row.Key[1].Text, row.Count)));
        Assert.Single(await open.AllAsync(Terms.Equal($"made{names - 1}", $"{names - 1}")));
    }

    [Fact]
    public async Task A_record_cut_short_at_the_end_is_dropped_without_alarm()
    {
        using var open = new OpenStore();
        await open.AppendAsync("""{"a":1}""");
        await open.AppendAsync("""{"a":2}""");
        var log = Directory.GetFiles(Path.Combine(open.Folder, "log")).Single();
        var bytes = await File.ReadAllBytesAsync(log);
        var first = BitConverter.ToInt32(bytes, 8);
        var end = first + BitConverter.ToInt32(bytes, first + 8);
        using (var writer = new FileStream(log, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            writer.Position = end - 40;
            await writer.WriteAsync(new byte[40]);
        }
        open.Crash();
        Assert.Equal(["""{"a":1}"""], await open.AllAsync());
        Assert.Equal(0, open.Store.Statistics.BytesSetAside);
        Assert.Equal(2ul, (await open.AppendAsync("""{"a":3}""")).First.Seq);
        open.Crash();
        Assert.Equal(["""{"a":1}""", """{"a":3}"""], await open.AllAsync());
    }

    [Fact]
    public async Task A_damaged_record_is_set_aside_and_the_rest_is_read()
    {
        using var files = new OpenStore(new StorageOptions { MinimumFreeBytes = 0, IdleFlush = TimeSpan.FromHours(1) });
        for (var i = 1; i <= 3; i++)
        {
            await files.AppendAsync($"{{\"a\":{i}}}");
        }
        var log = Directory.GetFiles(Path.Combine(files.Folder, "log")).Single();
        var bytes = await File.ReadAllBytesAsync(log);
        var length = BitConverter.ToInt32(bytes, 8);
        bytes[length + 100] ^= 1;
        using (var writer = new FileStream(log, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            await writer.WriteAsync(bytes);
        }
        files.Crash();
        Assert.Equal(["""{"a":1}""", """{"a":3}"""], await files.AllAsync());
        Assert.Equal(length, files.Store.Statistics.BytesSetAside, 100.0);
        Assert.Single(Directory.GetFiles(Path.Combine(files.Folder, "set-aside")));
        Assert.Equal(4ul, (await files.AppendAsync("""{"a":4}""")).First.Seq);
    }

    [Fact]
    public async Task Tenants_see_their_own_events_alone()
    {
        using var open = new OpenStore();
        await OpenStore.AppendAsync(open.Store, TenantId.Default, null, """{"message":"mine"}""");
        await OpenStore.AppendAsync(open.Store, Other, null, """{"message":"theirs"}""");
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(["""{"message":"mine"}"""], await open.AllAsync());
            var table = await open.Store.AggregateAsync(new AggregateRequest(Other, TimeRange.All, Filter.Everything, new Aggregation([EventSchema.Message], 0, [Metric.Count])), default);
            Assert.Equal("theirs", Assert.Single(table.Rows).Key[0].Text);
            await foreach (var (batch, _) in open.Store.SweepAsync(new SweepRequest(Other, TimeRange.All, Filter.Everything), default))
            {
                Assert.Equal(["""{"message":"theirs"}"""], OpenStore.Json(batch));
                batch.Dispose();
            }
            await open.Store.FlushAsync(default);
        }
    }

    [Fact]
    public async Task Pages_neither_skip_nor_repeat_while_events_arrive()
    {
        using var open = new OpenStore();
        for (var i = 0; i < 30; i++)
        {
            await open.AppendAsync($"{{\"ts\":\"2026-01-20T10:00:{i / 10:00}Z\",\"n\":{i}}}");
        }
        var expected = (await open.AllAsync()).AsEnumerable().Reverse().ToList();
        var seen = new List<string>();
        PageCursor? after = null;
        do
        {
            using var page = await open.Store.SearchAsync(new SearchRequest(TenantId.Default, TimeRange.All, Filter.Everything) { Limit = 7, After = after }, default);
            seen.AddRange(OpenStore.Json(page.Batch));
            after = page.Next;
            await open.AppendAsync("""{"ts":"2026-01-20T10:00:01Z","n":"late"}""");
            if (seen.Count == 14)
            {
                await open.Store.FlushAsync(default);
            }
        }
        while (after is not null);
        Assert.Equal(expected, seen);
    }

    [Fact]
    public async Task The_log_is_read_from_any_position_and_waits_at_its_end()
    {
        using var open = new OpenStore();
        for (var i = 1; i <= 20; i++)
        {
            await open.AppendAsync($"{{\"ts\":\"2026-01-{20 - (i % 5):00}T00:00:00Z\",\"n\":{i}}}");
            if (i % 7 == 0)
            {
                await open.Store.FlushAsync(default);
            }
        }
        var seqs = new List<ulong>();
        using var end = new CancellationTokenSource();
        await foreach (var entry in open.Store.ReadAsync(new LogPosition(OpenStore.Log, 5), end.Token))
        {
            using (entry)
            {
                seqs.AddRange(entry.Batch.Seqs.ToArray());
            }
            if (seqs.Count == 15)
            {
                await open.AppendAsync("""{"n":21}""");
            }
            if (seqs.Count == 16)
            {
                break;
            }
        }
        Assert.Equal(Enumerable.Range(6, 16).Select(n => (ulong)n), seqs);
        var waiting = open.Store.ReadAsync(open.Store.Durable, end.Token).GetAsyncEnumerator(default);
        var next = waiting.MoveNextAsync().AsTask();
        Assert.False(next.IsCompleted);
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await open.Store.ReadAsync(new LogPosition(99, 1), default).GetAsyncEnumerator(default).MoveNextAsync());
    }

    [Fact]
    public async Task Many_writers_and_searchers_at_once_lose_and_double_nothing()
    {
        using var open = new OpenStore(new StorageOptions { MinimumFreeBytes = 0, GenerationBytes = 200_000 });
        using var done = new CancellationTokenSource();
        var searching = Task.Run(async () =>
        {
            var least = 0L;
            while (!done.IsCancellationRequested)
            {
                using var page = await open.Store.SearchAsync(new SearchRequest(TenantId.Default, TimeRange.All, Filter.Everything) { CountTo = long.MaxValue }, default);
                Assert.True(page.Total >= least);
                least = page.Total;
            }
        });
        await Task.WhenAll(Enumerable.Range(0, 8).Select(writer => Task.Run(async () =>
        {
            for (var i = 0; i < 100; i++)
            {
                Assert.Equal(AppendStatus.Committed, (await open.AppendAsync([.. Enumerable.Range(0, 20).Select(n => $"{{\"w\":{writer},\"n\":{(i * 20) + n}}}")])).Status);
            }
        })));
        await done.CancelAsync();
        await searching;
        var table = await open.Store.AggregateAsync(
            new AggregateRequest(TenantId.Default, TimeRange.All, new Filter.Term(new Field("w"), new Exists()), new Aggregation([new Field("w")], 0, [new Metric(MetricOperator.Distinct, new Field("n"))])), default);
        Assert.All(table.Rows, row => Assert.Equal((2_000L, 2_000d), (row.Count, row.Values[0])));
        Assert.Equal(8, table.Rows.Count);
        Assert.Equal(16_000ul, open.Store.Durable.Seq);
    }

    [Fact]
    public void A_folder_is_held_by_one_process()
    {
        var path = Directory.CreateTempSubdirectory("picket-test-").FullName;
        using (var first = DataFolder.Open(path))
        {
            var error = Assert.Throws<IOException>(() => DataFolder.Open(path));
            Assert.Contains($"in use by process {Environment.ProcessId}", error.Message, StringComparison.Ordinal);
        }
        using var again = DataFolder.Open(path);
        Assert.InRange(again.Log, 1u, LogPosition.MaxLog);
    }
}
