using System.Data.Common;
using Dapper;
using Picket.Detection.Alerts;
using Picket.Detection.Windows;
using Picket.Events;

namespace Picket.Metastore;

/// <summary>Whom rules wait for, as it was when the detector wrote it last. Thread-safe.</summary>
public sealed class WatchedTable(SqliteDatabase database, TimeProvider time)
{
    // Longer than any rule waits.
    private const long Kept = 14 * Instant.PerDay;

    /// <summary>All of them, those aside of whom nothing came for two weeks.</summary>
    public async Task<IReadOnlyList<Watched>> AllAsync(CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        await connection.ExecuteAsync("DELETE FROM watched WHERE received_at < @before", new { before = Instant.Now(time) - Kept });
        var rows = await connection.QueryAsync<(long Tenant, string Rule, string Fingerprint, string Grouped, string Values, long Seq, long Ts, long Received, long Told)>(
            "SELECT tenant, rule, fingerprint, grouped, event_values, seq, ts, received_at, told_seq FROM watched ORDER BY received_at DESC");
        return [.. rows.Select(row => new Watched(
            new TenantId((uint)row.Tenant), row.Rule, row.Fingerprint, [.. JsonText.Read(row.Grouped).Select(pair => (pair.Key, pair.Value))], JsonText.Read(row.Values), new EventRef((ulong)row.Seq, row.Ts, row.Received), (ulong)row.Told))];
    }

    internal static Task WriteAsync(DbConnection connection, DbTransaction transaction, IReadOnlyCollection<Watched> watched) => connection.ExecuteAsync(
        """
        INSERT INTO watched (tenant, rule, fingerprint, grouped, event_values, seq, ts, received_at, told_seq) VALUES (@tenant, @Rule, @Fingerprint, @grouped, @values, @seq, @ts, @received, @told)
        ON CONFLICT (tenant, fingerprint) DO UPDATE SET rule = excluded.rule, grouped = excluded.grouped, seq = excluded.seq, ts = excluded.ts, received_at = excluded.received_at, told_seq = excluded.told_seq
        """,
        watched.Select(one => new
        {
            tenant = (long)one.Tenant.Number,
            one.Rule,
            one.Fingerprint,
            grouped = JsonText.Of(one.Group),
            values = JsonText.Of(one.Values.Select(pair => (pair.Key, pair.Value))),
            seq = (long)one.Last.Seq,
            ts = one.Last.Time,
            received = one.Last.ReceivedAt,
            told = (long)one.ToldAt,
        }),
        transaction);
}
