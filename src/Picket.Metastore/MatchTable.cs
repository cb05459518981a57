using System.Buffers;
using System.Data.Common;
using System.Text.Json;
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

    // Of a match as text: its numbers at their longest, and what is between them.
    private const int MostBytes = 80;

    /// <summary>Adds what was found. Of one rule at least the <see cref="Kept"/> newest are kept.</summary>
    /// <param name="matches">Behind what was added before.</param>
    internal static async Task AddAsync(DbConnection connection, DbTransaction transaction, MatchTally matches)
    {
        if (matches.IsEmpty)
        {
            return;
        }
        // A text of so many matches as a string were a large object, and each collection of those stops everybody.
        var text = new ArrayBufferWriter<byte>(Kept * MostBytes);
        using var insert = new PreparedStatement(connection, "INSERT INTO match_blocks (tenant, rule, last_seq, count, matches) VALUES (?1, ?2, ?3, ?4, ?5)");
        foreach (var ((tenant, rule), found) in matches.Rules)
        {
            var of = new { tenant = (long)tenant.Number, rule, count = found.Count, last = found.LastTime, most = Kept };
            var total = await connection.ExecuteScalarAsync<long>(
                """
                INSERT INTO rule_states (tenant, rule, matches, last_match_at) VALUES (@tenant, @rule, @count, @last)
                ON CONFLICT (tenant, rule) DO UPDATE SET matches = matches + excluded.matches, last_match_at = max(last_match_at, excluded.last_match_at) RETURNING matches
                """,
                of, transaction);
            text.ResetWrittenCount();
            insert.Bind(1, of.tenant);
            insert.Bind(2, rule);
            insert.Bind(3, (long)Write(text, found.Newest));
            insert.Bind(4, found.Newest.Count);
            insert.Bind(5, text.WrittenSpan);
            insert.Run();
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

    // Returns the number of the last.
    private static ulong Write(ArrayBufferWriter<byte> text, IEnumerable<KeptMatch> matches)
    {
        var last = 0ul;
        using var json = new Utf8JsonWriter(text);
        json.WriteStartArray();
        foreach (var match in matches)
        {
            json.WriteStartArray();
            json.WriteNumberValue(match.Seq);
            json.WriteNumberValue(match.Version);
            json.WriteNumberValue(match.Time);
            json.WriteNumberValue(match.ReceivedAt);
            json.WriteEndArray();
            last = match.Seq;
        }
        json.WriteEndArray();
        return last;
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
