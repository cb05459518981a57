using System.Security.Cryptography;
using Dapper;

namespace Picket.Metastore;

/// <summary>Random keys that the product makes for itself and keeps, so that what it signed still holds after a restart. Thread-safe.</summary>
public sealed class SecretTable(SqliteDatabase database)
{
    private const int Bytes = 32;

    /// <summary>The secret of this name, made when there is none; of several processes all get the same.</summary>
    public async Task<byte[]> FindOrAddAsync(string name, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        await connection.ExecuteAsync(
            "INSERT INTO secrets (name, value) VALUES (@name, @value) ON CONFLICT (name) DO NOTHING", new { name, value = RandomNumberGenerator.GetBytes(Bytes) });
        return await connection.QuerySingleAsync<byte[]>("SELECT value FROM secrets WHERE name = @name", new { name });
    }
}
