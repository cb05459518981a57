using System.Data.Common;
using System.Text.Json.Nodes;
using Dapper;
using Picket.Detection.Alerts;
using Picket.Detection.Rules;
using Picket.Events;

namespace Picket.Metastore;

/// <summary>
/// Raises alerts and counts further events in those that stand, on one connection. Most changes are of alerts that stand: what is asked and written for each of these is prepared. Not thread-safe.
/// </summary>
internal sealed class AlertWriter(DbConnection connection, TimeProvider time) : IDisposable
{
    // More new alerts of a rule in an hour become part of one that stands for them.
    private const int MostRaised = 100;
    private const long StormTime = 3_600 * Instant.PerSecond;

    private readonly PreparedStatement find = new(
        connection,
        """
        SELECT id, evidence, applied_seq, storm FROM alerts WHERE tenant = ?1 AND fingerprint = ?2 AND state <> 'closed' AND NOT ?3
        UNION ALL
        SELECT * FROM (SELECT id, evidence, applied_seq, storm FROM alerts WHERE tenant = ?1 AND fingerprint = ?2 AND state = 'closed' AND (?3 OR snooze_until > ?4) ORDER BY closed_seq DESC LIMIT 1)
        LIMIT 1
        """);

    private readonly PreparedStatement countUp = new(
        connection,
        """
        UPDATE alerts SET count = count + ?2, first_seen = min(first_seen, ?3), last_seen = max(last_seen, ?4), counts_from = min(coalesce(counts_from, ?5), coalesce(?5, counts_from)),
        held_at = max(held_at, ?6), evidence = evidence + ?7, applied_seq = CASE WHEN ?8 THEN min(?9, closed_seq) ELSE ?9 END, updated_at = ?10 WHERE id = ?1
        """);

    private readonly PreparedStatement countUpStorm = new(
        connection,
        """
        UPDATE alerts SET count = count + ?2, folded = folded + ?5, first_seen = min(first_seen, ?3), last_seen = max(last_seen, ?4), held_at = max(held_at, ?6), applied_seq = ?7, updated_at = ?8 WHERE id = ?1
        """);

    private readonly PreparedStatement insertEvidence = new(connection, "INSERT INTO alert_events (alert, number, seq, ts, received_at, event) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");

    /// <summary>What is known of an alert that stands.</summary>
    /// <param name="Evidence">How many of its events are known by their numbers.</param>
    /// <param name="Applied">The last event of the log that it knows of.</param>
    /// <param name="Storm">What it is folded into.</param>
    public sealed record Standing(string Id, long Evidence, long Applied, string? Storm);

    /// <summary>The alert to which the events belong: the active one; or the one that was closed last, where they came before it was, or while nothing more is to be raised.</summary>
    public Standing? Find(AlertChange change)
    {
        find.Bind(1, change.Tenant.Number);
        find.Bind(2, change.Fingerprint);
        find.Bind(3, change.IsOfClosed ? 1 : 0);
        find.Bind(4, Instant.Now(time));
        return find.First(row => new Standing(row.Text(0)!, row.Number(1), row.Number(2), row.Text(3)));
    }

    /// <summary>Whether a new alert of its rule would be one too many in an hour.</summary>
    public async Task<bool> IsStormAsync(DbTransaction? transaction, AlertChange change) => change.Rule.Alerts.FoldsStorms && await connection.ExecuteScalarAsync<long>(
        "SELECT count(*) FROM (SELECT 1 FROM alerts WHERE tenant = @tenant AND rule = @rule AND created_at > @since LIMIT @most)",
        new { tenant = (long)change.Tenant.Number, rule = change.Rule.Id, since = Instant.Now(time) - StormTime, most = MostRaised }, transaction) == MostRaised;

    /// <summary>Writes a change down, where it was not before.</summary>
    /// <param name="through">The last event that was looked at.</param>
    /// <param name="samples">What the first of its events say, as JSON; null for those that are not kept.</param>
    /// <returns>What was raised or has further events; null for nothing.</returns>
    public async Task<WrittenAlert?> ApplyAsync(DbTransaction transaction, AlertChange change, ulong through, int version, IReadOnlyList<string?> samples)
    {
        var standing = Find(change);
        // What was written down before does not count again. And where nothing stands any more, only what makes the rule hold raises an alert.
        return (standing is null ? !change.IsHeld : (ulong)standing.Applied > through) ? null : await WriteAsync(transaction, change, standing, through, version, samples, isRetro: false);
    }

    /// <param name="standing">Null where it is to be raised.</param>
    public async Task<WrittenAlert> WriteAsync(DbTransaction transaction, AlertChange change, Standing? standing, ulong through, int version, IReadOnlyList<string?> samples, bool isRetro)
    {
        var now = Instant.Now(time);
        if (standing is null && change.Rule.Alerts.ReopenWithin > 0)
        {
            standing = await ReopenAsync(transaction, change, through, now);
        }
        var storm = standing is not null ? (standing.Storm, IsNew: false) : !isRetro && await IsStormAsync(transaction, change) ? await StormAsync(transaction, change, through, version, now) : (null, false);
        var kept = Math.Min(change.Evidence.Count, AlertChange.MostEvidence - (standing?.Evidence ?? 0));
        var id = standing?.Id ?? Guid.CreateVersion7(time.GetUtcNow()).ToString();
        if (standing is null)
        {
            await RaiseAsync(transaction, change, id, storm.Storm, kept, through, version, now, isRetro);
        }
        else
        {
            CountUp(change, id, kept, through, now);
        }
        if (storm.Storm is not null)
        {
            CountUpStorm(change, storm.Storm, standing is null, through, now);
        }
        InsertEvidence(id, standing?.Evidence ?? 0, change.Evidence.Take((int)kept), samples);
        return storm.Storm is null ? new WrittenAlert(change.Tenant, Guid.Parse(id), standing is null) : new WrittenAlert(change.Tenant, Guid.Parse(storm.Storm), storm.IsNew);
    }

    public void Dispose()
    {
        find.Dispose();
        countUp.Dispose();
        countUpStorm.Dispose();
        insertEvidence.Dispose();
    }

    private static long? CountsFrom(AlertChange change) => change.From == long.MaxValue ? null : change.From;

    private async Task RaiseAsync(DbTransaction transaction, AlertChange change, string id, string? storm, long kept, ulong through, int version, long now, bool isRetro)
    {
        var values = new
        {
            id,
            tenant = (long)change.Tenant.Number,
            change.Fingerprint,
            rule = change.Rule.Id,
            version,
            change.Rule.Title,
            change.Rule.Description,
            severity = change.Rule.Level.ToSeverity(),
            tags = new JsonArray([.. change.Rule.Tags.Concat(isRetro ? ["retro"] : []).Select(tag => (JsonNode)tag)]).ToJsonString(),
            grouped = JsonText.Of(change.Group.Select(pair => (pair.Name, pair.Value))),
            values = JsonText.Of(change.Values.Select(pair => (pair.Key, pair.Value))),
            change.Count,
            first = change.FirstSeen,
            last = change.LastSeen,
            from = CountsFrom(change),
            span = change.Rule.ResolveAfter,
            held = change.Held,
            kept,
            through = (long)through,
            storm,
            autoClose = change.Rule.Alerts.AutoClose,
            now,
        };
        await connection.ExecuteAsync(
            """
            INSERT INTO alerts (id, tenant, fingerprint, rule, rule_version, title, description, severity, tags, grouped, event_values, state, count, first_seen, last_seen, counts_from, span, held_at,
            evidence, applied_seq, storm, auto_close, created_at, updated_at)
            VALUES (@id, @tenant, @Fingerprint, @rule, @version, @Title, @Description, @severity, @tags, @grouped, @values, 'open', @Count, @first, @last, @from, @span, @held, @kept, @through, @storm, @autoClose, @now, @now)
            """,
            values, transaction);
        if (storm is null)
        {
            await connection.ExecuteAsync("INSERT INTO outbox (tenant, alert, kind, created_at) VALUES (@tenant, @id, 'raised', @now)", values, transaction);
        }
    }

    private void CountUp(AlertChange change, string id, long kept, ulong through, long now)
    {
        countUp.Bind(1, id);
        countUp.Bind(2, change.Count);
        countUp.Bind(3, change.FirstSeen);
        countUp.Bind(4, change.LastSeen);
        countUp.Bind(5, CountsFrom(change));
        countUp.Bind(6, change.Held);
        countUp.Bind(7, kept);
        countUp.Bind(8, change.IsOfClosed ? 1 : 0);
        countUp.Bind(9, (long)through);
        countUp.Bind(10, now);
        countUp.Run();
    }

    private void CountUpStorm(AlertChange change, string storm, bool isNew, ulong through, long now)
    {
        countUpStorm.Bind(1, storm);
        countUpStorm.Bind(2, change.Count);
        countUpStorm.Bind(3, change.FirstSeen);
        countUpStorm.Bind(4, change.LastSeen);
        countUpStorm.Bind(5, isNew ? 1 : 0);
        countUpStorm.Bind(6, change.Held);
        countUpStorm.Bind(7, (long)through);
        countUpStorm.Bind(8, now);
        countUpStorm.Run();
    }

    private void InsertEvidence(string alert, long number, IEnumerable<EventRef> evidence, IReadOnlyList<string?> samples)
    {
        insertEvidence.Bind(1, alert);
        var place = 0;
        foreach (var seen in evidence)
        {
            insertEvidence.Bind(2, number++);
            insertEvidence.Bind(3, (long)seen.Seq);
            insertEvidence.Bind(4, seen.Time);
            insertEvidence.Bind(5, seen.ReceivedAt);
            insertEvidence.Bind(6, place < samples.Count ? samples[place] : null);
            place++;
            insertEvidence.Run();
        }
    }

    // The alert that stands for all of a storm; made where there is none.
    private async Task<(string? Storm, bool IsNew)> StormAsync(DbTransaction transaction, AlertChange change, ulong through, int version, long now)
    {
        var values = new
        {
            id = Guid.CreateVersion7(time.GetUtcNow()).ToString(),
            tenant = (long)change.Tenant.Number,
            fingerprint = Alert.StormOf(change.Rule.Id),
            rule = change.Rule.Id,
            version,
            title = $"Storm: {change.Rule.Title}",
            change.Rule.Description,
            severity = change.Rule.Level.ToSeverity(),
            tags = new JsonArray([.. change.Rule.Tags.Append("storm").Select(tag => (JsonNode)tag)]).ToJsonString(),
            first = change.FirstSeen,
            last = change.LastSeen,
            span = change.Rule.ResolveAfter,
            held = change.Held,
            through = (long)through,
            autoClose = change.Rule.Alerts.AutoClose,
            now,
        };
        if (await connection.ExecuteScalarAsync<string?>("SELECT id FROM alerts WHERE tenant = @tenant AND fingerprint = @fingerprint AND state <> 'closed'", values, transaction) is { } there)
        {
            return (there, false);
        }
        await connection.ExecuteAsync(
            """
            INSERT INTO alerts (id, tenant, fingerprint, rule, rule_version, title, description, severity, tags, grouped, event_values, state, count, first_seen, last_seen, span, held_at,
            evidence, applied_seq, auto_close, created_at, updated_at)
            VALUES (@id, @tenant, @fingerprint, @rule, @version, @title, @Description, @severity, @tags, '{}', '{}', 'open', 0, @first, @last, @span, @held, 0, @through, @autoClose, @now, @now)
            """,
            values, transaction);
        await connection.ExecuteAsync("INSERT INTO outbox (tenant, alert, kind, created_at) VALUES (@tenant, @id, 'raised', @now)", values, transaction);
        return (values.id, true);
    }

    // The alert that was closed last, where that was so short a while ago that it goes on; null where it was not.
    private async Task<Standing?> ReopenAsync(DbTransaction transaction, AlertChange change, ulong through, long now)
    {
        var values = new { tenant = (long)change.Tenant.Number, change.Fingerprint, since = now - change.Rule.Alerts.ReopenWithin, through = (long)through, now };
        var closed = await connection.QueryFirstOrDefaultAsync<Standing>(
            """
            SELECT id, evidence, applied_seq AS applied, storm FROM alerts
            WHERE tenant = @tenant AND fingerprint = @Fingerprint AND state = 'closed' AND closed_at > @since AND storm IS NULL ORDER BY closed_seq DESC LIMIT 1
            """,
            values, transaction);
        if (closed is not null)
        {
            await connection.ExecuteAsync(
                """
                UPDATE alerts SET state = 'open', closed_at = NULL, closed_by = NULL, close_reason = NULL, close_note = NULL, snooze_until = NULL, acknowledged_at = NULL, acknowledged_by = NULL, counts_from = NULL
                WHERE id = @Id
                """,
                new { closed.Id }, transaction);
            await connection.ExecuteAsync("INSERT INTO outbox (tenant, alert, kind, created_at) VALUES (@tenant, @Id, 'reopened at ' || @through, @now)", new { values.tenant, closed.Id, values.through, values.now }, transaction);
        }
        return closed;
    }
}
