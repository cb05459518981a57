using System.Globalization;
using Dapper;
using Picket.Events;

namespace Picket.Metastore;

/// <summary>
/// The tenants' rules, each with its versions: version v holds for events behind the position at which the detector took it, so that whoever reads the log again knows the rules
/// of that moment. Thread-safe.
/// </summary>
public sealed class RuleTable(SqliteDatabase database, TimeProvider time)
{
    private const string Columns = "tenant, id, version, is_active, text, created_at, updated_at";

    private sealed class Row
    {
        public long Tenant { get; init; }
        public string Id { get; init; } = "";
        public long Version { get; init; }
        public long Is_active { get; init; }
        public string? Text { get; init; }
        public string Created_at { get; init; } = "";
        public string Updated_at { get; init; } = "";
        public string? Holds_after { get; init; }

        public StoredRule ToRule() => new(new TenantId((uint)Tenant), Id, (int)Version, Is_active != 0, Text, Parse(Created_at), Parse(Updated_at))
        {
            HoldsAfter = Holds_after is null ? null : LogPosition.Parse(Holds_after, CultureInfo.InvariantCulture),
        };

        private static DateTimeOffset Parse(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
    }

    /// <summary>A tenant's rules by their ids.</summary>
    public async Task<IReadOnlyList<StoredRule>> ListAsync(TenantId tenant, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        return [.. (await connection.QueryAsync<Row>($"SELECT {Columns} FROM rules WHERE tenant = @tenant ORDER BY id", new { tenant = (long)tenant.Number })).Select(row => row.ToRule())];
    }

    public async Task<int> CountAsync(TenantId tenant, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        return await connection.ExecuteScalarAsync<int>("SELECT count(*) FROM rules WHERE tenant = @tenant", new { tenant = (long)tenant.Number });
    }

    public async Task<StoredRule?> FindAsync(TenantId tenant, string id, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        return (await connection.QuerySingleOrDefaultAsync<Row>($"SELECT {Columns} FROM rules WHERE tenant = @tenant AND id = @id", new { tenant = (long)tenant.Number, id }))?.ToRule();
    }

    /// <summary>Makes all of the changes, or none.</summary>
    public async Task ChangeAsync(TenantId tenant, IReadOnlyCollection<RuleChange> changes, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        var now = time.GetUtcNow().ToString("O", CultureInfo.InvariantCulture);
        foreach (var change in changes)
        {
            var values = new { tenant = (long)tenant.Number, change.Id, change.Text, change.IsActive, change.IsDeleted, now };
            await connection.ExecuteAsync(
                """
                INSERT INTO rule_versions (tenant, id, version, is_active, is_deleted, text, created_at)
                VALUES (@tenant, @Id, (SELECT coalesce(max(version), 0) + 1 FROM rule_versions WHERE tenant = @tenant AND id = @Id), @IsActive, @IsDeleted, @Text, @now)
                """,
                values, transaction);
            await connection.ExecuteAsync(
                change.IsDeleted
                    ? "DELETE FROM rules WHERE tenant = @tenant AND id = @Id"
                    : """
                      INSERT INTO rules (tenant, id, version, is_active, text, created_at, updated_at)
                      VALUES (@tenant, @Id, (SELECT max(version) FROM rule_versions WHERE tenant = @tenant AND id = @Id), @IsActive, @Text, @now, @now)
                      ON CONFLICT (tenant, id) DO UPDATE SET version = excluded.version, is_active = excluded.is_active, text = excluded.text, updated_at = excluded.updated_at
                      """,
                values, transaction);
        }
        await transaction.CommitAsync(cancellation);
    }

    /// <summary>
    /// The rules of all tenants as they are now. Versions that no one has taken yet hold behind a position from now on.
    /// </summary>
    public async Task<IReadOnlyList<StoredRule>> TakeAsync(LogPosition position, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await connection.ExecuteAsync("UPDATE rule_versions SET holds_after = @position WHERE holds_after IS NULL", new { position = position.ToString() }, transaction);
        var rows = await connection.QueryAsync<Row>(
            """
            SELECT rule.tenant, rule.id, rule.version, rule.is_active, rule.text, rule.created_at, rule.updated_at, version.holds_after FROM rules rule
            JOIN rule_versions version ON version.tenant = rule.tenant AND version.id = rule.id AND version.version = rule.version ORDER BY rule.tenant, rule.id
            """,
            transaction: transaction);
        await transaction.CommitAsync(cancellation);
        return [.. rows.Select(row => row.ToRule())];
    }

    /// <summary>Whether there are versions that no one has taken yet.</summary>
    public async Task<bool> AnyWaitingAsync(CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        return await connection.ExecuteScalarAsync<long>("SELECT EXISTS (SELECT 1 FROM rule_versions WHERE holds_after IS NULL)") != 0;
    }

    /// <summary>Behind which position each version of a rule holds, the first first; null for one that is not taken yet.</summary>
    public async Task<IReadOnlyList<(int Version, LogPosition? After)>> VersionsAsync(TenantId tenant, string id, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        var rows = await connection.QueryAsync<(long Version, string? After)>(
            "SELECT version, holds_after FROM rule_versions WHERE tenant = @tenant AND id = @id ORDER BY version", new { tenant = (long)tenant.Number, id });
        return [.. rows.Select(row => ((int)row.Version, row.After is null ? (LogPosition?)null : LogPosition.Parse(row.After, CultureInfo.InvariantCulture)))];
    }
}
