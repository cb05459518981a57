using Dapper;
using Picket.Events;

namespace Picket.Metastore;

/// <summary>Tenants. Thread-safe.</summary>
public sealed class TenantTable(SqliteDatabase database)
{
    private sealed record Row(long Number, string Id, string Name, string Plan, long Retention_days)
    {
        public Tenant ToTenant() => new(new TenantId((uint)Number), Id, Name, Plan, (int)Retention_days);
    }

    public async Task<Tenant?> FindAsync(string id, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        var row = await connection.QuerySingleOrDefaultAsync<Row>("SELECT number, id, name, plan, retention_days FROM tenants WHERE id = @id", new { id });
        return row?.ToTenant();
    }

    /// <summary>All of them.</summary>
    public async Task<IReadOnlyList<TenantId>> AllAsync(CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        return [.. (await connection.QueryAsync<long>("SELECT number FROM tenants ORDER BY number")).Select(number => new TenantId((uint)number))];
    }

    /// <summary>The tenant of this id, made when there is none.</summary>
    public async Task<Tenant> FindOrAddAsync(string id, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        await connection.ExecuteAsync(
            "INSERT INTO tenants (id, name, created_at) VALUES (@id, @id, strftime('%Y-%m-%dT%H:%M:%SZ', 'now')) ON CONFLICT (id) DO NOTHING", new { id });
        var row = await connection.QuerySingleAsync<Row>("SELECT number, id, name, plan, retention_days FROM tenants WHERE id = @id", new { id });
        return row.ToTenant();
    }
}
