using Dapper;
using Picket.Events;

namespace Picket.Metastore;

/// <summary>The exceptions of rules. Thread-safe.</summary>
public sealed class ExceptionTable(SqliteDatabase database)
{
    private const string Columns = "id, tenant, rule, filter, reason, created_by, created_at, expires_at";

    private sealed record Row(string Id, long Tenant, string Rule, string Filter, string Reason, string Created_by, long Created_at, long? Expires_at)
    {
        public StoredException ToException() => new(Guid.Parse(Id), new TenantId((uint)Tenant), Rule, Filter, Reason, Created_by, Created_at, Expires_at);
    }

    public async Task AddAsync(StoredException exception, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        await connection.ExecuteAsync(
            $"INSERT INTO exceptions ({Columns}) VALUES (@id, @tenant, @Rule, @Filter, @Reason, @By, @CreatedAt, @ExpiresAt)",
            new { id = exception.Id.ToString(), tenant = (long)exception.Tenant.Number, exception.Rule, exception.Filter, exception.Reason, exception.By, exception.CreatedAt, exception.ExpiresAt });
    }

    /// <summary>Those of a rule, the oldest first, those that have expired too.</summary>
    public async Task<IReadOnlyList<StoredException>> ListAsync(TenantId tenant, string rule, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        var rows = await connection.QueryAsync<Row>($"SELECT {Columns} FROM exceptions WHERE tenant = @tenant AND rule = @rule ORDER BY id", new { tenant = (long)tenant.Number, rule });
        return [.. rows.Select(row => row.ToException())];
    }

    /// <summary>Whether it was there.</summary>
    public async Task<bool> DeleteAsync(TenantId tenant, string rule, Guid id, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        return await connection.ExecuteAsync("DELETE FROM exceptions WHERE tenant = @tenant AND rule = @rule AND id = @id", new { tenant = (long)tenant.Number, rule, id = id.ToString() }) > 0;
    }

    /// <summary>Those of all tenants that have not expired.</summary>
    /// <param name="now">ns since 1970.</param>
    public async Task<IReadOnlyList<StoredException>> AllAsync(long now, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        return [.. (await connection.QueryAsync<Row>($"SELECT {Columns} FROM exceptions WHERE expires_at IS NULL OR expires_at > @now ORDER BY id", new { now })).Select(row => row.ToException())];
    }
}
