using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Dapper;
using Picket.Events;

namespace Picket.Metastore;

/// <summary>API keys: made, looked up by their SHA-256, listed, revoked. Thread-safe.</summary>
public sealed class ApiKeyTable(SqliteDatabase database, TimeProvider time)
{
    private const string Columns = "id, tenant, name, prefix, scopes, rate_limit, created_at, expires_at, revoked_at, (SELECT tenants.id FROM tenants WHERE tenants.number = api_keys.tenant) AS tenant_name";

    // What Dapper fills: types as SQLite has them.
    private sealed record Row(
        string Id, long Tenant, string Name, string Prefix, string Scopes, long Rate_limit, string Created_at, string? Expires_at, string? Revoked_at, string Tenant_name)
    {
        public ApiKey ToKey() => new(
            Id, new TenantId((uint)Tenant), Name, Prefix, Scopes.Split(' ', StringSplitOptions.RemoveEmptyEntries), (int)Rate_limit,
            Parse(Created_at)!.Value, Parse(Expires_at), Parse(Revoked_at))
        { TenantName = Tenant_name };

        private static DateTimeOffset? Parse(string? text) =>
            text is null ? null : DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
    }

    public static byte[] HashOf(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));

    /// <summary>Makes a key and returns it with its text, which is kept nowhere.</summary>
    /// <param name="text">A text to use; null draws one.</param>
    public async Task<(ApiKey Key, string Text)> AddAsync(
        TenantId tenant, string name, IReadOnlyList<string> scopes, int rateLimit, DateTimeOffset? expiresAt, string? text, CancellationToken cancellation)
    {
        text ??= "pk_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
        var key = new ApiKey(
            Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)), tenant, name, text[..Math.Min(8, text.Length)], scopes, rateLimit,
            time.GetUtcNow(), expiresAt, null);
        await using var connection = await database.OpenAsync(cancellation);
        await connection.ExecuteAsync(
            """
            INSERT INTO api_keys (id, tenant, name, key_hash, prefix, scopes, rate_limit, created_at, expires_at)
            VALUES (@Id, @Tenant, @Name, @Hash, @Prefix, @Scopes, @RateLimit, @CreatedAt, @ExpiresAt)
            """,
            new
            {
                key.Id,
                Tenant = (long)tenant.Number,
                key.Name,
                Hash = HashOf(text),
                key.Prefix,
                Scopes = string.Join(' ', scopes),
                key.RateLimit,
                CreatedAt = Text(key.CreatedAt),
                ExpiresAt = Text(expiresAt),
            });
        return (key, text);
    }

    public async Task<ApiKey?> FindAsync(byte[] hash, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        var row = await connection.QuerySingleOrDefaultAsync<Row>($"SELECT {Columns} FROM api_keys WHERE key_hash = @hash", new { hash });
        return row?.ToKey();
    }

    public async Task<IReadOnlyList<ApiKey>> ListAsync(TenantId tenant, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        var rows = await connection.QueryAsync<Row>(
            $"SELECT {Columns} FROM api_keys WHERE tenant = @tenant ORDER BY created_at, id", new { tenant = (long)tenant.Number });
        return [.. rows.Select(row => row.ToKey())];
    }

    public async Task<bool> AnyAsync(CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        return await connection.ExecuteScalarAsync<long>("SELECT count(*) FROM api_keys") > 0;
    }

    /// <summary>False when there is no such key, or it was revoked before.</summary>
    public async Task<bool> RevokeAsync(TenantId tenant, string id, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        return await connection.ExecuteAsync(
            "UPDATE api_keys SET revoked_at = @now WHERE tenant = @tenant AND id = @id AND revoked_at IS NULL",
            new { now = Text(time.GetUtcNow()), tenant = (long)tenant.Number, id }) > 0;
    }

    private static string? Text(DateTimeOffset? at) => at?.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
}
