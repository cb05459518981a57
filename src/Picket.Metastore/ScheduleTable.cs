using System.Data.Common;
using System.Globalization;
using Dapper;
using Picket.Detection.Windows;
using Picket.Events;

namespace Picket.Metastore;

/// <summary>How far each scheduled rule is. Thread-safe.</summary>
public sealed class ScheduleTable(SqliteDatabase database, TimeProvider time)
{
    /// <summary>All of them.</summary>
    public async Task<IReadOnlyDictionary<(TenantId Tenant, string Rule), ScheduledMark>> AllAsync(CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        return (await connection.QueryAsync<(long Tenant, string Rule, long Moment, long Through)>("SELECT tenant, rule, moment, through_seq FROM schedules"))
            .ToDictionary(row => (new TenantId((uint)row.Tenant), row.Rule), row => new ScheduledMark(row.Moment, (ulong)row.Through));
    }

    /// <summary>When a rule was looked at last, ns since 1970, and the highest value that it found then; null for one that was not.</summary>
    public async Task<(long LookedAt, decimal? Value)?> FindAsync(TenantId tenant, string rule, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        var row = await connection.QuerySingleOrDefaultAsync<(long? LookedAt, string? Value)>("SELECT looked_at, value FROM schedules WHERE tenant = @tenant AND rule = @rule", new { tenant = (long)tenant.Number, rule });
        return row.LookedAt is { } at ? (at, row.Value is { } value ? decimal.Parse(value, CultureInfo.InvariantCulture) : null) : null;
    }

    /// <summary>A rule is looked at from a moment on.</summary>
    public async Task BeginAsync(TenantId tenant, string rule, ScheduledMark from, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        await WriteAsync(connection, null, tenant, rule, from, null, null);
    }

    /// <summary>A rule is not looked at any more.</summary>
    public async Task EndAsync(TenantId tenant, string rule, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        await connection.ExecuteAsync("DELETE FROM schedules WHERE tenant = @tenant AND rule = @rule", new { tenant = (long)tenant.Number, rule });
    }

    internal Task WriteAsync(DbConnection connection, DbTransaction transaction, TenantId tenant, string rule, ScheduledMark mark, decimal? value) => WriteAsync(connection, transaction, tenant, rule, mark, Instant.Now(time), value);

    private static Task WriteAsync(DbConnection connection, DbTransaction? transaction, TenantId tenant, string rule, ScheduledMark mark, long? lookedAt, decimal? value) => connection.ExecuteAsync(
        """
        INSERT INTO schedules (tenant, rule, moment, through_seq, looked_at, value) VALUES (@tenant, @rule, @Moment, @through, @lookedAt, @value)
        ON CONFLICT (tenant, rule) DO UPDATE SET moment = excluded.moment, through_seq = excluded.through_seq, looked_at = coalesce(excluded.looked_at, looked_at), value = excluded.value
        """,
        new { tenant = (long)tenant.Number, rule, mark.Moment, through = (long)mark.Through, lookedAt, value = value?.ToString(CultureInfo.InvariantCulture) }, transaction);
}
