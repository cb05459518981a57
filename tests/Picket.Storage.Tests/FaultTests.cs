using Picket.Events;
using Picket.Events.Log;
using Picket.Query;
using Picket.Query.Store;
using Picket.Storage.Files;

namespace Picket.Storage.Tests;

/// <summary>What disks do: each fault ends in an error or in something set aside, never in a wrong answer, a lost acknowledged event, or the end of the process.</summary>
public sealed class FaultTests : ReturnsItsMemory
{
    private static readonly string[] Json = [.. Enumerable.Range(0, 300).Select(i => $"{{\"ts\":\"2026-01-20T10:{i % 60:00}:00Z\",\"a\":{i},\"message\":\"event {i} of many\",\"id\":\"{i:x16}\"}}")];

    [Fact]
    public async Task A_bit_flipped_anywhere_in_a_segment_is_an_error_and_never_a_wrong_answer()
    {
        using var open = new OpenStore();
        await open.AppendAsync(Json[..150]);
        await open.Store.FlushAsync(default);
        await open.AppendAsync(Json[150..]);
        await open.Store.FlushAsync(default);
        var expected = (await open.AllAsync()).ToArray();
        var random = new Random(5);
        foreach (var file in Directory.GetFiles(Path.Combine(open.Folder, "segments")))
        {
            var bytes = await File.ReadAllBytesAsync(file);
            for (var i = 0; i < 150; i++)
            {
                var damaged = (byte[])bytes.Clone();
                damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
                open.WhileClosed(() => File.WriteAllBytes(file, damaged));
                foreach (var (filter, wanted) in new (Filter, string[])[]
                {
                    (Filter.Everything, expected),
                    (Query.Operators.Terms.Equal("id", $"{77:x16}"), [.. expected.Where(json => json.Contains($"{77:x16}", StringComparison.Ordinal))]),
                })
                {
                    try
                    {
                        var found = await open.AllAsync(filter);
                        Assert.True(found.SequenceEqual(wanted) || (open.Store.Statistics.SegmentsDamaged == 1 && found.All(wanted.Contains)), $"damage {i}");
                    }
                    catch (QueryException error)
                    {
                        Assert.Contains("damaged", error.Message, StringComparison.Ordinal);
                    }
                }
            }
            open.WhileClosed(() => File.WriteAllBytes(file, bytes));
        }
        Assert.Equal(expected, await open.AllAsync());
    }

    [Fact]
    public async Task A_bit_flipped_anywhere_in_the_manifest_is_an_error_or_harmless()
    {
        using var open = new OpenStore();
        for (var i = 0; i < 10; i++)
        {
            await open.AppendAsync(Json[(i * 10)..((i + 1) * 10)]);
            await open.Store.FlushAsync(default);
        }
        open.Store.Maintain();
        var expected = await open.AllAsync();
        open.WhileClosed(() =>
        {
            var file = Path.Combine(open.Folder, "manifest");
            var (bytes, segments) = (File.ReadAllBytes(file), Directory.GetFiles(Path.Combine(open.Folder, "segments")));
            for (var at = 0; at < bytes.Length; at++)
            {
                var damaged = (byte[])bytes.Clone();
                damaged[at] ^= (byte)(1 << (at % 8));
                File.WriteAllBytes(file, damaged);
                var error = Assert.Throws<CorruptDataException>(() => new EmbeddedStore(
                    new DiskFiles(open.Folder), OpenStore.Log, new StorageOptions { MinimumFreeBytes = 0 }, open.Time, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance));
                Assert.StartsWith("manifest is damaged", error.Message, StringComparison.Ordinal);
                Assert.Equal(segments, Directory.GetFiles(Path.Combine(open.Folder, "segments")));
            }
            File.WriteAllBytes(file, bytes);
        });
        Assert.Equal(expected, await open.AllAsync());
    }

    [Fact]
    public async Task A_manifest_edit_cut_short_by_a_crash_loses_nothing()
    {
        using var open = new OpenStore();
        await open.AppendAsync(Json[..10]);
        await open.Store.FlushAsync(default);
        await open.AppendAsync(Json[10..20]);
        var size = new FileInfo(Path.Combine(open.Folder, "manifest")).Length;
        var logs = Directory.GetFiles(Path.Combine(open.Folder, "log")).ToDictionary(path => path, File.ReadAllBytes);
        await open.Store.FlushAsync(default);
        // As a crash leaves it between writing the edit and letting go of the log: some of the edit, all of the log.
        open.WhileClosed(() =>
        {
            foreach (var (path, bytes) in logs)
            {
                File.WriteAllBytes(path, bytes);
            }
            using var manifest = new FileStream(Path.Combine(open.Folder, "manifest"), FileMode.Open);
            manifest.SetLength(size + 11);
        });
        Assert.Equal(20, (await open.AllAsync()).Count);
        Assert.Equal(20ul, open.Store.Durable.Seq);
    }

    [Fact]
    public async Task A_bit_flipped_anywhere_in_the_log_loses_that_record_alone_and_says_so()
    {
        using var open = new OpenStore();
        for (var i = 0; i < 6; i++)
        {
            await open.AppendAsync(Json[i]);
        }
        var log = Directory.GetFiles(Path.Combine(open.Folder, "log"), "*.log").Single();
        var bytes = await File.ReadAllBytesAsync(log);
        var ends = new List<int>();
        for (var end = BitConverter.ToInt32(bytes, 8); ends.Count < 6; end += BitConverter.ToInt32(bytes, Math.Min(end + 8, bytes.Length - 4)))
        {
            ends.Add(end);
        }
        var random = new Random(9);
        for (var i = 0; i < 60; i++)
        {
            var damaged = (byte[])bytes.Clone();
            var at = random.Next(ends[^1]);
            damaged[at] ^= (byte)(1 << random.Next(8));
            var folder = Directory.CreateTempSubdirectory("picket-test-").FullName;
            Directory.CreateDirectory(Path.Combine(folder, "log"));
            await File.WriteAllBytesAsync(Path.Combine(folder, "log", Path.GetFileName(log)), damaged);
            using (var store = new EmbeddedStore(
                new DiskFiles(folder), OpenStore.Log, new StorageOptions { MinimumFreeBytes = 0 }, open.Time, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance))
            {
                using var page = await store.SearchAsync(new SearchRequest(TenantId.Default, TimeRange.All, Filter.Everything) { Limit = 100 }, default);
                var record = ends.FindIndex(end => at < end);
                var found = OpenStore.Json(page.Batch);
                Assert.Equal(Json[..6].Where((_, index) => index != record).Order(), found.Order());
                // The last record of all cannot be told from one that was being written.
                Assert.True(record == 5 || store.Statistics.BytesSetAside > 0);
            }
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_read_error_ends_the_question_and_the_next_works()
    {
        using var open = new OpenStore(new StorageOptions { MinimumFreeBytes = 0, IdleFlush = TimeSpan.FromHours(1), CacheBytes = 0 });
        await open.AppendAsync(Json);
        await open.Store.FlushAsync(default);
        open.Files.FailReads = true;
        var error = await Assert.ThrowsAsync<QueryException>(() => open.AllAsync());
        Assert.Equal(QueryException.Failed, error.Error);
        open.Files.FailReads = false;
        Assert.Equal(Json.Length, (await open.AllAsync()).Count);
    }

    [Fact]
    public async Task A_disk_that_hangs_holds_up_appends_alone()
    {
        using var open = new OpenStore();
        await open.AppendAsync(Json[..10]);
        open.Files.Hang();
        var append = open.AppendAsync(Json[10..20]);
        Assert.Equal(10, (await open.AllAsync()).Count);
        Assert.False(append.IsCompleted);
        open.Files.GoOn();
        Assert.Equal(AppendStatus.Committed, (await append).Status);
        Assert.Equal(20, (await open.AllAsync()).Count);
    }

    [Theory]
    [InlineData("segments/")]
    [InlineData("manifest")]
    public async Task A_merge_that_cannot_write_leaves_everything_as_it_was(string what)
    {
        using var open = new OpenStore();
        for (var i = 0; i < 8; i++)
        {
            await open.AppendAsync(Json[(i * 10)..((i + 1) * 10)]);
            await open.Store.FlushAsync(default);
        }
        (open.Files.Only, open.Files.FailWrites) = (what, true);
        Assert.Throws<IOException>(open.Store.Maintain);
        Assert.Equal(80, (await open.AllAsync()).Count);
        Assert.Equal(8, open.Store.Statistics.Segments);
        open.Files.FailWrites = false;
        open.Store.Maintain();
        Assert.Equal(1, open.Store.Statistics.Segments);
        open.Crash();
        Assert.Equal(80, (await open.AllAsync()).Count);
        open.Restart();
        Assert.Single(Directory.GetFiles(Path.Combine(open.Folder, "segments")));
    }

    [Fact]
    public async Task A_damaged_segment_is_not_merged_and_nothing_is_deleted()
    {
        using var open = new OpenStore();
        for (var i = 0; i < 8; i++)
        {
            await open.AppendAsync(Json[(i * 10)..((i + 1) * 10)]);
            await open.Store.FlushAsync(default);
        }
        var file = Directory.GetFiles(Path.Combine(open.Folder, "segments")).Order().First();
        open.WhileClosed(() =>
        {
            using var stream = new FileStream(file, FileMode.Open);
            stream.Position = 60;
            stream.WriteByte(0xFF);
            stream.WriteByte(0xFF);
        });
        Assert.Throws<CorruptDataException>(open.Store.Maintain);
        Assert.Equal(8, Directory.GetFiles(Path.Combine(open.Folder, "segments"), "*.seg").Length);
        Assert.Equal(8, open.Store.Statistics.Segments);
    }

    [Fact]
    public async Task Writes_fail_at_every_moment_and_nothing_acknowledged_is_lost()
    {
        for (var seed = 1; seed <= 5; seed++)
        {
            var random = new Random(seed);
            using var open = new OpenStore(new StorageOptions { MinimumFreeBytes = 0, GenerationBytes = 30_000, IdleFlush = TimeSpan.FromHours(1) });
            open.Files.OnWrite = _ =>
            {
                lock (random)
                {
                    if (random.Next(12) == 0)
                    {
                        throw new IOException("Input/output error");
                    }
                }
            };
            var acknowledged = new List<string>();
            for (var i = 0; i < 150; i++)
            {
                var json = $"{{\"n\":{i},\"message\":\"{new string('x', random.Next(300))}\"}}";
                if ((await open.AppendAsync(json)).Status == AppendStatus.Committed)
                {
                    acknowledged.Add(json);
                }
                if (i % 40 == 39)
                {
                    open.Crash();
                }
            }
            open.Files.OnWrite = null;
            var found = await open.AllAsync();
            Assert.True(acknowledged.All(found.Contains), $"seed {seed}: {acknowledged.Except(found).Count()} of {acknowledged.Count} lost");
            Assert.Equal(found.Count, found.Distinct().Count());
        }
    }

    [Fact]
    public async Task A_disk_that_is_really_full_refuses_writes_and_takes_them_again_when_there_is_room()
    {
        var folder = Directory.CreateTempSubdirectory("picket-test-").FullName;
        using var mount = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("mount", ["-t", "tmpfs", "-o", "size=24m", "picket-test", folder]) { RedirectStandardError = true });
        await mount!.WaitForExitAsync();
        Assert.SkipWhen(mount.ExitCode != 0, "a small tmpfs needs the right to mount one");
        try
        {
            var filler = Path.Combine(folder, "filler");
            await File.WriteAllBytesAsync(filler, new byte[12 * 1024 * 1024]);
            using (var store = new EmbeddedStore(
                new DiskFiles(folder), OpenStore.Log, new StorageOptions { MinimumFreeBytes = 0, GenerationBytes = 1_000_000 }, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance))
            {
                var (stored, refused) = (0, 0);
                var (random, noise) = (new Random(1), new byte[12_000]);
                for (var i = 0; i < 2_000 && refused < 3; i++)
                {
                    random.NextBytes(noise);
                    var status = (await OpenStore.AppendAsync(store, TenantId.Default, null, $"{{\"n\":{i},\"message\":\"{Convert.ToBase64String(noise)}\"}}")).Status;
                    stored += status == AppendStatus.Committed ? 1 : 0;
                    refused += status is AppendStatus.DiskFull or AppendStatus.Overloaded ? 1 : 0;
                    Assert.NotEqual(AppendStatus.Failed, status);
                }
                Assert.True(refused > 0 && stored > 0, $"{stored} stored, {refused} refused");
                using (var page = await store.SearchAsync(new SearchRequest(TenantId.Default, TimeRange.All, Filter.Everything) { CountTo = long.MaxValue, Limit = 1 }, default))
                {
                    Assert.Equal(stored, page.Total);
                }
                File.Delete(filler);
                while ((await OpenStore.AppendAsync(store, TenantId.Default, null, """{"message":"again"}""")).Status != AppendStatus.Committed)
                {
                    await Task.Yield();
                }
                using var after = await store.SearchAsync(new SearchRequest(TenantId.Default, TimeRange.All, Filter.Everything) { CountTo = long.MaxValue, Limit = 1 }, default);
                Assert.Equal(stored + 1, after.Total);
            }
        }
        finally
        {
            using var unmount = System.Diagnostics.Process.Start("umount", folder);
            await unmount.WaitForExitAsync();
            Directory.Delete(folder, recursive: true);
        }
    }
}
