using Dapper;
using Picket.Events;

namespace Picket.Metastore;

/// <summary>A value of a list.</summary>
/// <param name="Text">A text, or a network.</param>
/// <param name="ExpiresAt">From when on it is not of the list any more; ns since 1970, null for never.</param>
public sealed record ListValue(string Text, long? ExpiresAt);

/// <summary>The tenants' lists of values, which rules name. Thread-safe.</summary>
public sealed class ListTable(SqliteDatabase database, TimeProvider time)
{
    /// <summary>The names of a tenant's lists, and how many values each has.</summary>
    public async Task<IReadOnlyList<(string Name, long Values)>> NamesAsync(TenantId tenant, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        return [.. await connection.QueryAsync<(string, long)>(
            "SELECT name, (SELECT count(*) FROM list_values v WHERE v.tenant = lists.tenant AND v.name = lists.name AND (expires_at IS NULL OR expires_at > @now)) FROM lists WHERE tenant = @tenant ORDER BY name",
            new { tenant = (long)tenant.Number, now = Instant.Now(time) })];
    }

    /// <summary>The values of a list that have not expired, in order; null when there is no such list.</summary>
    /// <param name="after">Only those behind this one.</param>
    public async Task<IReadOnlyList<ListValue>?> ValuesAsync(TenantId tenant, string name, string after, int limit, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        var of = new { tenant = (long)tenant.Number, name, after, limit, now = Instant.Now(time) };
        if (await connection.ExecuteScalarAsync<long>("SELECT count(*) FROM lists WHERE tenant = @tenant AND name = @name", of) == 0)
        {
            return null;
        }
        var rows = await connection.QueryAsync<(string, long?)>(
            "SELECT value, expires_at FROM list_values WHERE tenant = @tenant AND name = @name AND value > @after AND (expires_at IS NULL OR expires_at > @now) ORDER BY value LIMIT @limit", of);
        return [.. rows.Select(row => new ListValue(row.Item1, row.Item2))];
    }

    /// <summary>Adds values to a list, which is made where there is none. Of one that is there, when it expires is what was said last.</summary>
    /// <param name="most">Values that a tenant's lists may have together.</param>
    /// <returns>False when there would be more, and none was added.</returns>
    public async Task<bool> AddAsync(TenantId tenant, string name, IReadOnlyCollection<ListValue> values, long most, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        var of = new { tenant = (long)tenant.Number, name, now = Instant.Now(time) };
        await connection.ExecuteAsync("INSERT INTO lists (tenant, name, created_at) VALUES (@tenant, @name, @now) ON CONFLICT DO NOTHING", of, transaction);
        await connection.ExecuteAsync("DELETE FROM list_values WHERE tenant = @tenant AND expires_at <= @now", of, transaction);
        await connection.ExecuteAsync(
            "INSERT INTO list_values (tenant, name, value, expires_at) VALUES (@tenant, @name, @Text, @ExpiresAt) ON CONFLICT (tenant, name, value) DO UPDATE SET expires_at = excluded.expires_at",
            values.Select(value => new { of.tenant, of.name, value.Text, value.ExpiresAt }), transaction);
        if (await connection.ExecuteScalarAsync<long>("SELECT count(*) FROM list_values WHERE tenant = @tenant", of, transaction) > most)
        {
            return false;
        }
        await transaction.CommitAsync(cancellation);
        return true;
    }

    /// <summary>Takes a value out of a list, or away the whole list. Whether there was such.</summary>
    /// <param name="value">Null for the whole list.</param>
    public async Task<bool> DeleteAsync(TenantId tenant, string name, string? value, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        var of = new { tenant = (long)tenant.Number, name, value };
        var gone = await connection.ExecuteAsync("DELETE FROM list_values WHERE tenant = @tenant AND name = @name AND (@value IS NULL OR value = @value)", of, transaction);
        gone += value is null ? await connection.ExecuteAsync("DELETE FROM lists WHERE tenant = @tenant AND name = @name", of, transaction) : 0;
        await transaction.CommitAsync(cancellation);
        return gone > 0;
    }

    /// <summary>The lists of all tenants, or of one, with the values that have not expired.</summary>
    public async Task<IReadOnlyDictionary<(TenantId Tenant, string Name), IReadOnlyList<ListValue>>> AllAsync(TenantId? tenant, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        var rows = await connection.QueryAsync<(long Tenant, string Name, string? Value, long? ExpiresAt)>(
            """
            SELECT lists.tenant, lists.name, value, expires_at FROM lists LEFT JOIN list_values v ON v.tenant = lists.tenant AND v.name = lists.name AND (expires_at IS NULL OR expires_at > @now)
            WHERE @tenant IS NULL OR lists.tenant = @tenant ORDER BY lists.tenant, lists.name, value
            """,
            new { tenant = (long?)tenant?.Number, now = Instant.Now(time) });
        return rows.GroupBy(row => (new TenantId((uint)row.Tenant), row.Name))
            .ToDictionary(of => of.Key, of => (IReadOnlyList<ListValue>)[.. of.Where(row => row.Value is not null).Select(row => new ListValue(row.Value!, row.ExpiresAt))]);
    }
}
