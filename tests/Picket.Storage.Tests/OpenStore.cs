using Microsoft.Extensions.Logging.Abstractions;
using Picket.Events;
using Picket.Events.Batches;
using Picket.Events.Log;
using Picket.Query;
using Picket.Query.Store;
using Picket.Storage.Files;
using Picket.Testing;

namespace Picket.Storage.Tests;

/// <summary>A store in a temporary folder that can be closed, or dropped as by a crash, and opened again.</summary>
internal sealed class OpenStore : IDisposable
{
    private readonly StorageOptions options;

    public OpenStore(StorageOptions? options = null)
    {
        this.options = options ?? new StorageOptions { MinimumFreeBytes = 0, IdleFlush = TimeSpan.FromHours(1), MaintainInBackground = false };
        Folder = Directory.CreateTempSubdirectory("picket-test-").FullName;
        Files = new BrokenFiles(new DiskFiles(Folder));
        Store = Open();
    }

    public string Folder { get; private set; }

    public BrokenFiles Files { get; private set; }

    public EmbeddedStore Store { get; private set; }

    public ManualTime Time { get; } = new(Some.Time);

    public const uint Log = 7;

    public static async Task<AppendResult> AppendAsync(EmbeddedStore store, TenantId tenant, IdempotencyKey? key, params string[] json) =>
        await store.AppendAsync(new AppendRequest(tenant, Some.BatchOf(tenant, json), key), default);

    /// <summary>Appends as received now, by the store's clock.</summary>
    public async Task<AppendResult> AppendNowAsync(TenantId tenant, params string[] json) =>
        await Store.AppendAsync(new AppendRequest(tenant, Some.BatchOf(tenant, Instant.Now(Time), json), null), default);

    public Task<AppendResult> AppendAsync(params string[] json) => AppendAsync(Store, TenantId.Default, null, json);

    public async Task<List<string>> AllAsync(Filter? filter = null)
    {
        using var page = await Store.SearchAsync(new SearchRequest(TenantId.Default, TimeRange.All, filter ?? Filter.Everything) { Limit = 1_000, NewestFirst = false }, default);
        return Json(page.Batch);
    }

    public static List<string> Json(EventBatch batch) => [.. Enumerable.Range(0, batch.Count).Select(row => Some.Original(batch[row]))];

    /// <summary>Stops as a good process does, and starts again.</summary>
    public void Restart() => WhileClosed(() => { });

    /// <summary>Acts on the folder between a stop and a start.</summary>
    public void WhileClosed(Action act)
    {
        Store.Dispose();
        try
        {
            act();
        }
        finally
        {
            Store = Open();
        }
    }

    /// <summary>Starts from what the disk has now, as after kill −9: the running store goes on in a folder nobody looks at.</summary>
    public void Crash()
    {
        var copy = Directory.CreateTempSubdirectory("picket-test-").FullName;
        Files.WhileStill(() =>
        {
            foreach (var file in Directory.GetFiles(Folder, "*", SearchOption.AllDirectories))
            {
                var target = Path.Combine(copy, Path.GetRelativePath(Folder, file));
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.Copy(file, target);
            }
        });
        var abandoned = (Store, Folder);
        Folder = copy;
        Files = new BrokenFiles(new DiskFiles(copy));
        Store = Open();
        abandoned.Store.Dispose();
        Directory.Delete(abandoned.Folder, recursive: true);
    }

    public void Dispose()
    {
        Store.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private EmbeddedStore Open() => new(Files, Log, options, Time, NullLogger.Instance);
}
