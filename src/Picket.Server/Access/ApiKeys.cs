using System.Data.Common;
using Picket.Metastore;

namespace Picket.Server.Access;

/// <summary>
/// Keys as requests show them. Looked up by hash and remembered; the memory is dropped whenever another connection, of this process or another, has
/// changed the metastore, which SQLite tells for the price of reading a counter: so a revoked key stops at its next request. Thread-safe.
/// </summary>
public sealed class ApiKeys(ApiKeyTable table, SqliteDatabase database, TimeProvider time) : IAsyncDisposable
{
    private const int MostRemembered = 10_000;
    private readonly SemaphoreSlim gate = new(1);
    private readonly Dictionary<string, ApiKey?> remembered = [];
    private DbConnection? watcher;
    private DbCommand? question;
    private long version = -1;

    /// <summary>The key of this text if it may be used now.</summary>
    public async ValueTask<ApiKey?> FindAsync(string text, CancellationToken cancellation)
    {
        if (text.Length is 0 or > 256)
        {
            return null;
        }
        var hash = ApiKeyTable.HashOf(text);
        var name = Convert.ToHexString(hash);
        await gate.WaitAsync(cancellation);
        try
        {
            await ForgetIfChangedAsync(cancellation);
            if (!remembered.TryGetValue(name, out var key))
            {
                if (remembered.Count >= MostRemembered)
                {
                    remembered.Clear();
                }
                remembered[name] = key = await table.FindAsync(hash, cancellation);
            }
            return key?.IsUsable(time.GetUtcNow()) == true ? key : null;
        }
        finally
        {
            gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (question is not null)
        {
            await question.DisposeAsync();
            await watcher!.DisposeAsync();
        }
        gate.Dispose();
    }

    private async Task ForgetIfChangedAsync(CancellationToken cancellation)
    {
        if (watcher is null)
        {
            watcher = await database.OpenAsync(cancellation);
            question = watcher.CreateCommand();
            question.CommandText = "PRAGMA data_version";
        }
        var now = Convert.ToInt64(await question!.ExecuteScalarAsync(cancellation), System.Globalization.CultureInfo.InvariantCulture);
        if (now != version)
        {
            version = now;
            remembered.Clear();
        }
    }
}
