using System.Data.Common;
using Dapper;
using Picket.Events;

namespace Picket.Metastore;

/// <summary>What rules matched: the newest events of each, and how many there were. Written by <see cref="DetectorStore"/>. Thread-safe.</summary>
public sealed class MatchTable(SqliteDatabase database)
{
    /// <summary>Matches kept of one rule and tenant; older ones are only counted.</summary>
    public const int Kept = 1_000;

    // Those above are let stand until there are so many, so that not each batch deletes.
    private const int Spare = 200;

    /// <summary>Adds what was found. Of one rule at most <see cref="Kept"/> are kept.</summary>
    /// <param name="matches">Behind what was added before.</param>
    internal static async Task AddAsync(DbConnection connection, DbTransaction transaction, MatchTally matches)
    {
        foreach (var ((tenant, rule), found) in matches.Rules)
        {
            var of = new { tenant = (long)tenant.Number, rule, count = found.Count, last = found.LastTime, most = Kept + Spare, kept = Kept };
            await connection.ExecuteAsync(
                """
                INSERT INTO rule_states (tenant, rule, matches, last_match_at) VALUES (@tenant, @rule, @count, @last)
                ON CONFLICT (tenant, rule) DO UPDATE SET matches = matches + excluded.matches, last_match_at = max(last_match_at, excluded.last_match_at)
                """,
                of, transaction);
            Insert(connection, of.tenant, rule, found.Newest);
            await connection.ExecuteAsync(
                """
                DELETE FROM rule_matches WHERE tenant = @tenant AND rule = @rule AND (SELECT count(*) FROM rule_matches WHERE tenant = @tenant AND rule = @rule) > @most
                AND seq <= (SELECT seq FROM rule_matches WHERE tenant = @tenant AND rule = @rule ORDER BY seq DESC LIMIT 1 OFFSET @kept)
                """,
                of, transaction);
        }
    }

    private static void Insert(DbConnection connection, long tenant, string rule, IEnumerable<KeptMatch> matches)
    {
        using var insert = new PreparedStatement(connection, "INSERT INTO rule_matches (tenant, rule, seq, version, ts, received_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
        insert.Bind(1, tenant);
        insert.Bind(2, rule);
        foreach (var match in matches)
        {
            insert.Bind(3, (long)match.Seq);
            insert.Bind(4, match.Version);
            insert.Bind(5, match.Time);
            insert.Bind(6, match.ReceivedAt);
            insert.Run();
        }
    }

    /// <summary>The newest matches of a rule, and how many there were in all, of one moment.</summary>
    /// <param name="before">Only events before this number.</param>
    public async Task<(IReadOnlyList<KeptMatch> Matches, long Total)> ListAsync(TenantId tenant, string rule, ulong before, int limit, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        var rows = (await connection.QueryAsync<(long? Seq, long Version, long Ts, long Received, long Total)>(
            """
            SELECT match.seq, match.version, match.ts, match.received_at, state.matches FROM rule_states state
            LEFT JOIN rule_matches match ON match.tenant = state.tenant AND match.rule = state.rule AND match.seq < @before
            WHERE state.tenant = @tenant AND state.rule = @rule ORDER BY match.seq DESC LIMIT @limit
            """,
            new { tenant = (long)tenant.Number, rule, before = (long)Math.Min(before, long.MaxValue), limit })).ToArray();
        return ([.. rows.Where(row => row.Seq is not null).Select(row => new KeptMatch((int)row.Version, (ulong)row.Seq!.Value, row.Ts, row.Received))], rows.Length > 0 ? rows[0].Total : 0);
    }

    /// <summary>How many events each of a tenant's rules has matched, and when the last of them happened; ns since 1970.</summary>
    public async Task<IReadOnlyDictionary<string, (long Matches, long LastAt)>> CountsAsync(TenantId tenant, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        var rows = await connection.QueryAsync<(string Rule, long Matches, long LastAt)>(
            "SELECT rule, matches, last_match_at FROM rule_states WHERE tenant = @tenant", new { tenant = (long)tenant.Number });
        return rows.ToDictionary(row => row.Rule, row => (row.Matches, row.LastAt), StringComparer.Ordinal);
    }
}
