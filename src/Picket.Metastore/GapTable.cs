using Dapper;
using Picket.Events;

namespace Picket.Metastore;

/// <summary>When rules were not run though they were on. Thread-safe.</summary>
public sealed class GapTable(SqliteDatabase database)
{
    /// <summary>Those kept of one rule: the newest.</summary>
    public const int Kept = 100;

    /// <summary>A rule's, the newest first.</summary>
    public async Task<IReadOnlyList<Gap>> ListAsync(TenantId tenant, string rule, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        var rows = await connection.QueryAsync<(long From, long? To, string Reason, long? Filled)>(
            "SELECT from_time, to_time, reason, filled_at FROM gaps WHERE tenant = @tenant AND rule = @rule ORDER BY from_time DESC", new { tenant = (long)tenant.Number, rule });
        return [.. rows.Select(row => new Gap(row.From, row.To, row.Reason, row.Filled))];
    }

    /// <summary>A rule is not run, or was not.</summary>
    /// <param name="tenants">Of whom.</param>
    public async Task AddAsync(IEnumerable<TenantId> tenants, string rule, Gap gap, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        foreach (var tenant in tenants)
        {
            var values = new { tenant = (long)tenant.Number, rule, gap.Reason, gap.From, gap.To, Kept };
            await connection.ExecuteAsync(
                """
                INSERT INTO gaps (tenant, rule, reason, from_time, to_time) VALUES (@tenant, @rule, @Reason, @From, @To);
                DELETE FROM gaps WHERE tenant = @tenant AND rule = @rule AND id <= (SELECT id FROM gaps WHERE tenant = @tenant AND rule = @rule ORDER BY id DESC LIMIT 1 OFFSET @Kept)
                """,
                values, transaction);
        }
        await transaction.CommitAsync(cancellation);
    }

    /// <summary>Rules that were not run are again.</summary>
    /// <param name="isStill">Whether a tenant's rule is one that is not run.</param>
    /// <param name="now">ns since 1970.</param>
    public async Task EndAsync(Func<TenantId, string, bool> isStill, long now, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        foreach (var (tenant, rule) in (await connection.QueryAsync<(long Tenant, string Rule)>("SELECT DISTINCT tenant, rule FROM gaps WHERE to_time IS NULL")).ToArray())
        {
            if (!isStill(new TenantId((uint)tenant), rule))
            {
                await connection.ExecuteAsync("UPDATE gaps SET to_time = max(from_time, @now) WHERE tenant = @tenant AND rule = @rule AND to_time IS NULL", new { tenant, rule, now });
            }
        }
    }

    /// <summary>What a rule missed in a stretch of time was raised.</summary>
    public async Task FillAsync(TenantId tenant, string rule, long from, long to, long now, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        await connection.ExecuteAsync(
            "UPDATE gaps SET filled_at = @now WHERE tenant = @tenant AND rule = @rule AND filled_at IS NULL AND from_time >= @from AND to_time < @to", new { tenant = (long)tenant.Number, rule, from, to, now });
    }
}
