using System.Data.Common;
using System.Globalization;
using System.Text;
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

    /// <summary>Adds what was found. Of one rule at least the <see cref="Kept"/> newest are kept.</summary>
    /// <param name="matches">Behind what was added before.</param>
    internal static async Task AddAsync(DbConnection connection, DbTransaction transaction, MatchTally matches)
    {
        foreach (var ((tenant, rule), found) in matches.Rules)
        {
            var of = new
            {
                tenant = (long)tenant.Number,
                rule,
                count = found.Count,
                last = found.LastTime,
                most = Kept,
                seq = (long)found.Newest.Last().Seq,
                newest = found.Newest.Count,
                text = TextOf(found.Newest),
            };
            var total = await connection.ExecuteScalarAsync<long>(
                """
                INSERT INTO rule_states (tenant, rule, matches, last_match_at) VALUES (@tenant, @rule, @count, @last)
                ON CONFLICT (tenant, rule) DO UPDATE SET matches = matches + excluded.matches, last_match_at = max(last_match_at, excluded.last_match_at) RETURNING matches
                """,
                of, transaction);
            await connection.ExecuteAsync("INSERT INTO match_blocks (tenant, rule, last_seq, count, matches) VALUES (@tenant, @rule, @seq, @newest, @text)", of, transaction);
            if (total / Spare > (total - found.Count) / Spare)
            {
                await connection.ExecuteAsync(
                    """
                    DELETE FROM match_blocks WHERE tenant = @tenant AND rule = @rule AND last_seq < (
                        SELECT last_seq FROM (SELECT last_seq, sum(count) OVER (ORDER BY last_seq DESC) AS newer FROM match_blocks WHERE tenant = @tenant AND rule = @rule)
                        WHERE newer >= @most ORDER BY last_seq DESC LIMIT 1)
                    """,
                    of, transaction);
            }
        }
    }

    private static string TextOf(IEnumerable<KeptMatch> matches)
    {
        var text = new StringBuilder("[");
        foreach (var match in matches)
        {
            text.Append(text.Length > 1 ? "," : "").Append(CultureInfo.InvariantCulture, $"[{match.Seq},{match.Version},{match.Time},{match.ReceivedAt}]");
        }
        return text.Append(']').ToString();
    }

    /// <summary>The newest matches of a rule, and how many there were in all, of one moment.</summary>
    /// <param name="before">Only events before this number.</param>
    public async Task<(IReadOnlyList<KeptMatch> Matches, long Total)> ListAsync(TenantId tenant, string rule, ulong before, int limit, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        var rows = (await connection.QueryAsync<(long? Seq, long Version, long Ts, long Received, long Total)>(
            """
            SELECT NULL AS seq, 0, 0, 0, matches FROM rule_states WHERE tenant = @tenant AND rule = @rule
            UNION ALL
            SELECT * FROM (
                SELECT match.value ->> 0 AS seq, match.value ->> 1, match.value ->> 2, match.value ->> 3, 0 FROM match_blocks block, json_each(block.matches) match
                WHERE block.tenant = @tenant AND block.rule = @rule AND match.value ->> 0 < @before ORDER BY seq DESC LIMIT @limit)
            """,
            new { tenant = (long)tenant.Number, rule, before = (long)Math.Min(before, long.MaxValue), limit })).ToArray();
        return ([.. rows.Where(row => row.Seq is not null).Select(row => new KeptMatch((int)row.Version, (ulong)row.Seq!.Value, row.Ts, row.Received))], rows.Sum(row => row.Total));
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
