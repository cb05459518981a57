using Microsoft.Extensions.Logging.Abstractions;
using Picket.Storage;
using Picket.Storage.Files;

namespace Picket.Offline;

/// <summary>A data folder opened without a server. Nothing is merged or expired; what a server left in its log is brought into segments.</summary>
internal sealed class OfflineStore : IDisposable
{
    private readonly DataFolder folder;

    /// <exception cref="IOException">It is no data folder, or a server uses it.</exception>
    public OfflineStore(string path)
    {
        // Asked first, for opening makes what is not there.
        _ = DataFolder.LogOf(path);
        folder = DataFolder.Open(path);
        try
        {
            Store = new EmbeddedStore(new DiskFiles(folder.Path), folder.Log, new StorageOptions { MaintainInBackground = false }, TimeProvider.System, NullLogger.Instance);
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    public EmbeddedStore Store { get; }

    public void Dispose()
    {
        Store.Dispose();
        folder.Dispose();
    }
}
