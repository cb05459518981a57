using Microsoft.Extensions.Logging.Abstractions;
using Picket.Events;
using Picket.Events.Log;
using Picket.Query;
using Picket.Query.Operators;
using Picket.Query.Store;
using Picket.Storage.Files;
using Picket.Storage.Inspection;
using Picket.Testing;

namespace Picket.Storage.Tests.Golden;

/// <summary>
/// Data folders as released versions wrote them, which every later version reads. <c>PICKET_WRITE_GOLDEN=1</c> writes that of this version anew; once released, it stays as it is.
/// </summary>
public sealed class GoldenTests : ReturnsItsMemory
{
    private static readonly TenantId Other = new(2);

    private static string Root => Path.Combine(SharedData.Repository, "tests", "Picket.Storage.Tests", "Golden");

    public static TheoryData<string> Versions => [.. Directory.GetDirectories(Root).Select(path => Path.GetFileName(path)!).Where(name => name.StartsWith('v')).Order()];

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task A_folder_of_an_earlier_version_is_read(string version)
    {
        var folder = Directory.CreateTempSubdirectory("picket-test-").FullName;
        foreach (var file in Directory.GetFiles(Path.Combine(Root, version), "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(folder, Path.GetRelativePath(Path.Combine(Root, version), file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
        Assert.Empty(new VerifyData(folder, OpenStore.Log).Run((_, _) => { }, default).Findings);
        using (var store = Open(folder))
        {
            var expected = await File.ReadAllLinesAsync(Path.Combine(Root, $"{version}.jsonl"));
            Assert.Equal(expected, await AllAsync(store, TenantId.Default, Filter.Everything));
            Assert.Equal([expected.Single(line => line.Contains("d41d8cd98f00b204e9800998ecf8427e", StringComparison.Ordinal))], await AllAsync(store, TenantId.Default, Terms.Equal("md5", "d41d8cd98f00b204e9800998ecf8427e")));
            Assert.Equal(["""{"message":"of another tenant"}"""], await AllAsync(store, Other, Filter.Everything));
            Assert.Equal("offset 77", store.FindBookmark(TenantId.Default, "file")!.Value.Value);
            var again = await OpenStore.AppendAsync(store, TenantId.Default, IdempotencyKey.From("key", 0, "body"u8), """{"never":"stored"}""");
            Assert.Equal(AppendStatus.Repeated, again.Status);
        }
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task This_versions_folder_is_among_them()
    {
        if (Environment.GetEnvironmentVariable("PICKET_WRITE_GOLDEN") == "1")
        {
            await WriteAsync(Path.Combine(Root, "v1"));
        }
        Assert.True(Directory.Exists(Path.Combine(Root, $"v{Segments.SegmentFooter.Version}")));
    }

    private static async Task WriteAsync(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
        Directory.CreateDirectory(folder);
        using var open = new OpenStore();
        var events = new RandomEvents(new Random(1));
        // Two merged segments' worth, one flushed, and some still in the log.
        for (var part = 0; part < 9; part++)
        {
            await open.AppendAsync([.. Enumerable.Range(0, 40).Select(_ => events.Next())]);
            await open.AppendAsync(
                $$"""{"ts":"2026-01-19T00:00:0{{part}}Z","id":"0{{part}}a4127-d128-4ad1-97c8-01b93470f4c9","uuid":"dfbd4127-d128-4ad1-97c8-01b93470f4c{{part}}","ms":{{part}}.25,"n":{{part * 1_000}},"at":"2026-01-19T00:00:0{{part}}Z"}""");
            await open.Store.FlushAsync(default);
            if (part == 7)
            {
                open.Store.Maintain();
            }
        }
        await OpenStore.AppendAsync(open.Store, Other, null, """{"message":"of another tenant"}""");
        await OpenStore.AppendAsync(open.Store, TenantId.Default, IdempotencyKey.From("key", 0, "body"u8), """{"md5":"d41d8cd98f00b204e9800998ecf8427e"}""");
        await open.Store.AppendAsync(new AppendRequest(TenantId.Default, Some.BatchOf(TenantId.Default, [.. Enumerable.Range(0, 1_100).Select(i => $"{{\"f{i}\":{i}}}")]), null, new Bookmark("file", "offset 77")), default);
        await File.WriteAllLinesAsync(folder + ".jsonl", await AllAsync(open.Store, TenantId.Default, Filter.Everything));
        // As a crash leaves it, with the unused rest of the log file cut off.
        open.Files.WhileStill(() =>
        {
            foreach (var file in Directory.GetFiles(open.Folder, "*", SearchOption.AllDirectories).Where(file => !file.EndsWith("spare", StringComparison.Ordinal)))
            {
                var target = Path.Combine(folder, Path.GetRelativePath(open.Folder, file));
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.Copy(file, target);
            }
        });
        foreach (var log in Directory.GetFiles(Path.Combine(folder, "log")))
        {
            var bytes = await File.ReadAllBytesAsync(log);
            await File.WriteAllBytesAsync(log, bytes[..((Array.FindLastIndex(bytes, one => one != 0) + 8) / 8 * 8)]);
        }
    }

    private static async Task<List<string>> AllAsync(EmbeddedStore store, TenantId tenant, Filter filter)
    {
        var found = new List<string>();
        PageCursor? after = null;
        do
        {
            using var page = await store.SearchAsync(new SearchRequest(tenant, TimeRange.All, filter) { Limit = 1_000, NewestFirst = false, After = after }, default);
            found.AddRange(OpenStore.Json(page.Batch));
            after = page.Next;
        }
        while (after is not null);
        return found;
    }

    private static EmbeddedStore Open(string folder) => new(
        new DiskFiles(folder), OpenStore.Log, new StorageOptions { MinimumFreeBytes = 0, IdleFlush = TimeSpan.FromHours(1), MaintainInBackground = false }, new ManualTime(Some.Time), NullLogger.Instance);
}
