using Picket.Events;
using Picket.Events.Log;

namespace Picket.Storage.Tests.Log;

/// <summary>Who follows the log is given every event once and in order, wherever it lies by then.</summary>
public sealed class FollowTests : ReturnsItsMemory
{
    private static readonly StorageOptions Small = new() { MinimumFreeBytes = 0, GenerationBytes = 20_000, IdleFlush = TimeSpan.FromHours(1), MaintainInBackground = false };

    [Fact]
    public async Task One_who_is_behind_reads_the_logs_files_and_no_segment()
    {
        using var open = new OpenStore();
        await using var follower = new Follower(open.Store, 0);
        for (var i = 1; i <= 5; i++)
        {
            await AppendAsync(open, i * 700);
            await AppendAsync(open, 3);
            await open.Store.FlushAsync(default);
            // The last may still be written; there may be two of a round, for a roll may come between its appends.
            await KeptAsync(open, Directory.GetFiles(Path.Combine(open.Folder, "log"), "*.log").Length - 1);
        }
        (open.Files.Only, open.Files.FailReads) = (".seg", true);
        await follower.ReadThroughAsync(open.Store.Durable.Seq);
        Assert.Equal(Enumerable.Range(1, 10_515).Select(n => (ulong)n), follower.Seqs);
        // Few are one batch.
        Assert.True(follower.Batches <= 7, $"{follower.Batches} batches");
    }

    [Fact]
    public async Task A_file_goes_when_all_who_follow_have_read_it()
    {
        using var open = new OpenStore();
        await using var first = new Follower(open.Store, 0);
        await using var second = new Follower(open.Store, 0);
        for (var i = 1; i <= 3; i++)
        {
            await AppendAsync(open, Limits.SmallBatchRows);
            await open.Store.FlushAsync(default);
        }
        await AppendAsync(open, 1);
        await first.ReadThroughAsync((3 * Limits.SmallBatchRows) + 1);
        // It is through the first file when it asks for what is behind the first of the second.
        await second.ReadThroughAsync(2 * Limits.SmallBatchRows);
        await KeptAsync(open, 2);
        await second.ReadThroughAsync((3 * Limits.SmallBatchRows) + 1);
        await KeptAsync(open, 0);
        Assert.Equal(first.Seqs, second.Seqs);
    }

    [Fact]
    public async Task One_who_leaves_may_come_back_for_half_a_minute()
    {
        using var open = new OpenStore();
        await using (var follower = new Follower(open.Store, 0))
        {
            for (var i = 1; i <= 3; i++)
            {
                await AppendAsync(open, 100);
                await open.Store.FlushAsync(default);
            }
            await follower.ReadThroughAsync(100);
        }
        open.Time.Advance(TimeSpan.FromSeconds(29));
        await AppendAsync(open, 1);
        await open.Store.FlushAsync(default);
        await KeptAsync(open, 3);
        open.Time.Advance(TimeSpan.FromSeconds(2));
        await KeptAsync(open, 0);
    }

    [Fact]
    public async Task What_will_be_read_again_is_kept_as_for_one_who_is_behind()
    {
        using var open = new OpenStore();
        open.Store.KeepBehind(100);
        for (var i = 1; i <= 4; i++)
        {
            await AppendAsync(open, 100);
            await open.Store.FlushAsync(default);
        }
        // Of the first three, for the fourth may still be written, the first will not be.
        await KeptAsync(open, 2);
        await using (new Follower(open.Store, 0))
        {
            await AppendAsync(open, 100);
            await open.Store.FlushAsync(default);
            await KeptAsync(open, 3);
        }
        open.Time.Advance(TimeSpan.FromSeconds(31));
        open.Store.KeepBehind(400);
        await KeptAsync(open, 0);
    }

    [Fact]
    public async Task Reading_up_to_an_event_ends_there_though_nothing_follows_or_all_of_it_has_expired()
    {
        using var open = new OpenStore(new StorageOptions { MinimumFreeBytes = 0, IdleFlush = TimeSpan.FromHours(1), MaintainInBackground = false, Retention = new Retention(1, new Dictionary<TenantId, int>()) });
        await AppendAsync(open, 100);
        await open.Store.FlushAsync(default);
        Assert.Equal(Enumerable.Range(41, 60).Select(seq => (ulong)seq), await ReadAsync(40, 100));
        Assert.Empty(await ReadAsync(100, 100));
        open.Time.Advance(TimeSpan.FromDays(3));
        Assert.Empty(await ReadAsync(40, 100));

        async Task<List<ulong>> ReadAsync(ulong after, ulong through)
        {
            var seqs = new List<ulong>();
            await foreach (var entry in open.Store.ReadAsync(new LogPosition(OpenStore.Log, after), through, default))
            {
                using (entry)
                {
                    seqs.AddRange(entry.Batch.Seqs.ToArray());
                }
            }
            return seqs;
        }
    }

    [Fact]
    public async Task Who_is_too_far_behind_or_begins_where_a_file_is_gone_reads_segments()
    {
        using var open = new OpenStore();
        await using var follower = new Follower(open.Store, 0);
        for (var i = 0; i < Limits.KeptLogFiles + 4; i++)
        {
            await AppendAsync(open, 50);
            await open.Store.FlushAsync(default);
            Assert.True(open.Store.Statistics.LogFilesKept <= Limits.KeptLogFiles);
        }
        await KeptAsync(open, Limits.KeptLogFiles);
        await follower.ReadThroughAsync(open.Store.Durable.Seq);
        Assert.Equal(Enumerable.Range(1, 50 * (Limits.KeptLogFiles + 4)).Select(n => (ulong)n), follower.Seqs);
    }

    [Fact]
    public async Task With_little_room_on_the_disk_nothing_is_kept()
    {
        using var open = new OpenStore();
        open.Files.Free = Limits.KeptLogFiles * Limits.LogFileBytes;
        await using var follower = new Follower(open.Store, 0);
        for (var i = 1; i <= 3; i++)
        {
            await AppendAsync(open, 50);
            await open.Store.FlushAsync(default);
        }
        await KeptAsync(open, 0);
        await follower.ReadThroughAsync(150);
        Assert.Equal(150, follower.Seqs.Count);
    }

    [Fact]
    public async Task What_expired_is_not_given_out_of_the_logs_files()
    {
        using var open = new OpenStore(new StorageOptions { MinimumFreeBytes = 0, IdleFlush = TimeSpan.FromHours(1), MaintainInBackground = false, Retention = new Retention(1, new Dictionary<TenantId, int>()) });
        await using var keeping = new Follower(open.Store, 0);
        for (var i = 1; i <= 3; i++)
        {
            await open.AppendNowAsync(TenantId.Default, """{"n":1}""", """{"n":2}""");
            await open.Store.FlushAsync(default);
            open.Time.Advance(TimeSpan.FromHours(11));
        }
        // The first were received 33 hours ago, the next 22.
        await using var follower = new Follower(open.Store, 0);
        await follower.ReadThroughAsync(6);
        Assert.Equal([3ul, 4ul, 5ul, 6ul], follower.Seqs);
    }

    /// <summary>Appends of all sizes, writes and fsyncs that fail, flushes, files that are damaged, starts and crashes, while one reads on now and then.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Every_event_is_given_once_and_in_order(int seed)
    {
        var random = new Random(seed);
        using var open = new OpenStore(Small);
        var follower = new Follower(open.Store, 0);
        var (expected, seen) = (new List<string>(), new List<string>());
        async Task LeaveAsync(Action act)
        {
            await follower.DisposeAsync();
            seen.AddRange(follower.Events);
            act();
            follower = new Follower(open.Store, (ulong)seen.Count);
        }
        async Task AddAsync(int count)
        {
            var json = Enumerable.Range(expected.Count, count).Select(n => $$"""{"n":{{n}}}""").ToArray();
            Assert.Equal(AppendStatus.Committed, (await open.AppendAsync(json)).Status);
            expected.AddRange(json);
        }
        for (var step = 0; step < 200; step++)
        {
            switch (random.Next(12))
            {
                case 0:
                    await open.Store.FlushAsync(default);
                    break;
                case 1:
                    await LeaveAsync(open.Restart);
                    break;
                case 2:
                    await LeaveAsync(open.Crash);
                    break;
                case 3:
                    (open.Files.Only, open.Files.FailFlushes) = (".log", true);
                    Assert.Equal(AppendStatus.Failed, (await open.AppendAsync("""{"n":"refused"}""")).Status);
                    open.Files.FailFlushes = false;
                    // What was refused may be there after a start, unless something has come in its place.
                    await AddAsync(1);
                    break;
                case 4:
                    // Files of the log that cannot be read are no loss: segments have it.
                    await open.Store.FlushAsync(default);
                    (open.Files.Only, open.Files.FailReads) = (".log", true);
                    await follower.ReadThroughAsync((ulong)random.Next(seen.Count, expected.Count + 1));
                    open.Files.FailReads = false;
                    break;
                case < 7:
                    await follower.ReadThroughAsync((ulong)random.Next(seen.Count, expected.Count + 1));
                    break;
                default:
                    await AddAsync(random.Next(20) == 0 ? 3_000 : random.Next(1, 60));
                    break;
            }
        }
        await follower.ReadThroughAsync((ulong)expected.Count);
        await LeaveAsync(() => { });
        await follower.DisposeAsync();
        Assert.Equal(expected, seen);
    }

    private static Task<AppendResult> AppendAsync(OpenStore open, int count) => open.AppendAsync([.. Enumerable.Range(0, count).Select(n => $$"""{"n":{{n}}}""")]);

    // The thread that flushes looks each second.
    private static async Task KeptAsync(OpenStore open, int files)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (open.Store.Statistics.LogFilesKept != files)
        {
            await Task.Delay(10, limit.Token);
        }
    }

    private sealed class Follower : IAsyncDisposable
    {
        private readonly CancellationTokenSource end = new();
        private readonly IAsyncEnumerator<LogEntry> entries;
        private readonly ulong first;
        private Task<bool>? next;

        public Follower(EmbeddedStore store, ulong after)
        {
            entries = store.ReadAsync(new LogPosition(OpenStore.Log, after), end.Token).GetAsyncEnumerator(end.Token);
            first = after;
            // It has a place from now on.
            next = after < store.Durable.Seq ? null : entries.MoveNextAsync().AsTask();
        }

        public List<ulong> Seqs { get; } = [];

        public List<string> Events { get; } = [];

        public int Batches { get; private set; }

        public async Task ReadThroughAsync(ulong seq)
        {
            while (seq > (Seqs.Count > 0 ? Seqs[^1] : first))
            {
                next ??= entries.MoveNextAsync().AsTask();
                Assert.True(await next);
                next = null;
                using var entry = entries.Current;
                Batches++;
                Seqs.AddRange(entry.Batch.Seqs.ToArray());
                Events.AddRange(OpenStore.Json(entry.Batch));
            }
        }

        public async ValueTask DisposeAsync()
        {
            await end.CancelAsync();
            try
            {
                if (next is not null && await next)
                {
                    entries.Current.Dispose();
                }
            }
            catch (OperationCanceledException)
            {
                // It waited for a further one.
            }
            await entries.DisposeAsync();
            end.Dispose();
        }
    }
}
