using Dapper;
using Picket.Events;

namespace Picket.Metastore;

/// <summary>Alerts of which nobody is told for a while; they are raised all the same. Times are ns since 1970.</summary>
/// <param name="Id">Names it.</param>
/// <param name="Tenant">Whose.</param>
/// <param name="Matchers">Which alerts: a JSON object of members of an alert and their values.</param>
/// <param name="StartsAt">From when on.</param>
/// <param name="EndsAt">Until when; null for ever.</param>
/// <param name="Weekly">When in each week, as JSON; null for all the time.</param>
/// <param name="Reason">Why, for people.</param>
/// <param name="By">The name of the key.</param>
/// <param name="CreatedAt">When.</param>
public sealed record Silence(Guid Id, TenantId Tenant, string Matchers, long StartsAt, long? EndsAt, string? Weekly, string Reason, string By, long CreatedAt);

/// <summary>The silences. Thread-safe.</summary>
public sealed class SilenceTable(SqliteDatabase database)
{
    private const string Columns = "id, tenant, matchers, starts_at, ends_at, weekly, reason, created_by, created_at";

    private sealed record Row(string Id, long Tenant, string Matchers, long Starts_at, long? Ends_at, string? Weekly, string Reason, string Created_by, long Created_at)
    {
        public Silence ToSilence() => new(Guid.Parse(Id), new TenantId((uint)Tenant), Matchers, Starts_at, Ends_at, Weekly, Reason, Created_by, Created_at);
    }

    public async Task AddAsync(Silence silence, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        await connection.ExecuteAsync(
            $"INSERT INTO silences ({Columns}) VALUES (@id, @tenant, @Matchers, @StartsAt, @EndsAt, @Weekly, @Reason, @By, @CreatedAt)",
            new { id = silence.Id.ToString(), tenant = (long)silence.Tenant.Number, silence.Matchers, silence.StartsAt, silence.EndsAt, silence.Weekly, silence.Reason, silence.By, silence.CreatedAt });
    }

    /// <summary>A tenant's, the newest first.</summary>
    public async Task<IReadOnlyList<Silence>> ListAsync(TenantId tenant, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        return [.. (await connection.QueryAsync<Row>($"SELECT {Columns} FROM silences WHERE tenant = @tenant ORDER BY id DESC", new { tenant = (long)tenant.Number })).Select(row => row.ToSilence())];
    }

    /// <summary>Whether it was there.</summary>
    public async Task<bool> DeleteAsync(TenantId tenant, Guid id, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        return await connection.ExecuteAsync("DELETE FROM silences WHERE tenant = @tenant AND id = @id", new { tenant = (long)tenant.Number, id = id.ToString() }) > 0;
    }
}
