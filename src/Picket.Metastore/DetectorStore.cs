using System.Data.Common;
using System.Text.Json.Nodes;
using Dapper;
using Picket.Detection.Alerts;
using Picket.Detection.Rules;
using Picket.Detection.Windows;
using Picket.Events;

namespace Picket.Metastore;

/// <summary>
/// What the detector writes: what rules matched, what that changed of alerts, whom to tell, and how far the log was read: all of it in one transaction, so that a crash loses and
/// doubles nothing. For one caller at a time.
/// </summary>
public sealed class DetectorStore(SqliteDatabase database, ScheduleTable schedules, TimeProvider time)
{
    /// <summary>Of so many events behind an alert all that they say is kept.</summary>
    private const int Samples = 10;

    // More new alerts of a rule in an hour become part of one that stands for them.
    private const int MostRaised = 100;
    private const long StormTime = 3_600 * Instant.PerSecond;

    /// <param name="Reader">Who has read so far.</param>
    /// <param name="Position">The last event that was looked at.</param>
    /// <param name="Matches">Behind what this reader wrote before.</param>
    /// <param name="Changes">Of alerts.</param>
    public sealed record Commit(string Reader, LogPosition Position, MatchTally Matches, IReadOnlyCollection<AlertChange> Changes)
    {
        /// <summary>Up to when no event of each tenant is waited for; ns since 1970.</summary>
        public IReadOnlyDictionary<TenantId, long> Settled { get; init; } = new Dictionary<TenantId, long>();

        /// <summary>Groups that rules wait for, which have changed.</summary>
        public IReadOnlyCollection<Watched> Watched { get; init; } = [];

        /// <summary>A scheduled rule that was looked at, how far it is now, and the highest value that it found; null for none.</summary>
        public (TenantId Tenant, string Rule, ScheduledMark Mark, decimal? Value)? Scheduled { get; init; }
    }

    private sealed record Standing(string Id, long Evidence, long Applied, string? Storm);

    /// <summary>Writes it.</summary>
    /// <param name="commit">What.</param>
    /// <param name="versionOf">The version of a tenant's rule.</param>
    /// <param name="show">An event as JSON; null where it is not kept.</param>
    /// <returns>The alerts that were raised or have further events, as they stand now.</returns>
    public async Task<IReadOnlyList<Alert>> WriteAsync(
        Commit commit, Func<TenantId, string, int> versionOf, Func<TenantId, EventRef, ValueTask<string?>> show, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        // Events are read before the transaction begins, so that it is short: nobody else writes alerts' events.
        var samples = new Dictionary<(AlertChange, ulong), string?>();
        foreach (var change in commit.Changes)
        {
            var known = await FindAsync(connection, null, change);
            if (known is null && await IsStormAsync(connection, null, change))
            {
                continue;
            }
            foreach (var seen in change.Evidence.Take((int)Math.Max(0, Samples - (known?.Evidence ?? 0))))
            {
                samples[(change, seen.Seq)] = await show(change.Tenant, seen);
            }
        }
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await MatchTable.AddAsync(connection, transaction, commit.Matches);
        var changed = new List<Alert>();
        foreach (var change in commit.Changes)
        {
            if (await ApplyAsync(connection, transaction, change, commit.Position.Seq, versionOf(change.Tenant, change.Rule.Id), samples) is { } alert)
            {
                changed.Add(alert);
            }
        }
        changed = await WithoutFoldedAsync(connection, transaction, changed);
        await connection.ExecuteAsync(
            "INSERT INTO settled (tenant, until) VALUES (@tenant, @until) ON CONFLICT (tenant) DO UPDATE SET until = excluded.until",
            commit.Settled.Select(pair => new { tenant = (long)pair.Key.Number, until = pair.Value }), transaction);
        await WatchedTable.WriteAsync(connection, transaction, commit.Watched);
        if (commit.Scheduled is var (tenant, rule, mark, value))
        {
            await schedules.WriteAsync(connection, transaction, tenant, rule, mark, value);
        }
        await CursorTable.SetAsync(connection, transaction, commit.Reader, commit.Position, time);
        await transaction.CommitAsync(cancellation);
        return changed;
    }

    /// <summary>Up to when no event of each tenant was waited for when it was written last; ns since 1970.</summary>
    public async Task<IReadOnlyDictionary<TenantId, long>> SettledAsync(CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        return (await connection.QueryAsync<(long Tenant, long Until)>("SELECT tenant, until FROM settled")).ToDictionary(row => new TenantId((uint)row.Tenant), row => row.Until);
    }

    // The alert to which the events belong: the active one; or the one that was closed last, where they came before it was, or while nothing more is to be raised.
    private async Task<Standing?> FindAsync(DbConnection connection, DbTransaction? transaction, AlertChange change)
    {
        var of = new { tenant = (long)change.Tenant.Number, change.Fingerprint, now = Instant.Now(time), change.IsOfClosed };
        return await connection.QueryFirstOrDefaultAsync<Standing>(
            """
            SELECT id, evidence, applied_seq AS applied, storm FROM alerts WHERE tenant = @tenant AND fingerprint = @Fingerprint AND state <> 'closed' AND NOT @IsOfClosed
            UNION ALL
            SELECT * FROM (SELECT id, evidence, applied_seq AS applied, storm FROM alerts WHERE tenant = @tenant AND fingerprint = @Fingerprint AND state = 'closed'
            AND (@IsOfClosed OR snooze_until > @now) ORDER BY closed_seq DESC LIMIT 1)
            LIMIT 1
            """,
            of, transaction);
    }

    /// <summary>Raises alerts of what happened long ago, each with the tag <c>retro</c>; not where there is one that is active, or that was closed and is of that time.</summary>
    /// <param name="changes">What would have been raised.</param>
    /// <param name="through">The last event that was looked at.</param>
    /// <returns>Those that were raised.</returns>
    public async Task<IReadOnlyList<(Alert Alert, AlertChange Change)>> RaiseAsync(
        IReadOnlyList<AlertChange> changes, ulong through, Func<TenantId, string, int> versionOf, Func<TenantId, EventRef, ValueTask<string?>> show, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        var samples = new Dictionary<(AlertChange, ulong), string?>();
        foreach (var change in changes)
        {
            foreach (var seen in change.Evidence.Take(Samples))
            {
                samples[(change, seen.Seq)] = await show(change.Tenant, seen);
            }
        }
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        var raised = new List<(Alert, AlertChange)>();
        foreach (var change in changes)
        {
            var known = await connection.ExecuteScalarAsync<long>(
                """
                SELECT count(*) FROM alerts WHERE tenant = @tenant AND fingerprint = @Fingerprint
                AND (state <> 'closed' OR snooze_until > @now OR (first_seen <= @LastSeen AND last_seen >= @FirstSeen))
                """,
                new { tenant = (long)change.Tenant.Number, change.Fingerprint, change.FirstSeen, change.LastSeen, now = Instant.Now(time) }, transaction);
            if (known == 0)
            {
                raised.Add((await WriteAsync(connection, transaction, change, null, through, versionOf(change.Tenant, change.Rule.Id), samples, isRetro: true), change));
            }
        }
        await transaction.CommitAsync(cancellation);
        return raised;
    }

    private async Task<Alert?> ApplyAsync(DbConnection connection, DbTransaction transaction, AlertChange change, ulong through, int version, Dictionary<(AlertChange, ulong), string?> samples)
    {
        var standing = await FindAsync(connection, transaction, change);
        // What was written down before does not count again. And where nothing stands any more, only what makes the rule hold raises an alert.
        return (standing is null ? !change.IsHeld : (ulong)standing.Applied > through) ? null : await WriteAsync(connection, transaction, change, standing, through, version, samples, isRetro: false);
    }

    private async Task<Alert> WriteAsync(
        DbConnection connection, DbTransaction transaction, AlertChange change, Standing? standing, ulong through, int version, Dictionary<(AlertChange, ulong), string?> samples, bool isRetro)
    {
        var now = Instant.Now(time);
        if (standing is null && change.Rule.Alerts.ReopenWithin > 0 && await ReopenAsync(connection, transaction, change, through, now) is { } again)
        {
            standing = again;
        }
        var storm = standing is not null ? standing.Storm : !isRetro && await IsStormAsync(connection, transaction, change) ? await StormAsync(connection, transaction, change, through, version, now) : null;
        var values = new
        {
            id = standing?.Id ?? Guid.CreateVersion7(time.GetUtcNow()).ToString(),
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
            change.IsOfClosed,
            first = change.FirstSeen,
            last = change.LastSeen,
            from = change.From == long.MaxValue ? (long?)null : change.From,
            span = change.Rule.ResolveAfter,
            storm,
            isNew = standing is null ? 1 : 0,
            autoClose = change.Rule.Alerts.AutoClose,
            held = change.Held,
            through = (long)through,
            kept = Math.Min(change.Evidence.Count, AlertChange.MostEvidence - (standing?.Evidence ?? 0)),
            now,
        };
        if (standing is null)
        {
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
        else
        {
            await connection.ExecuteAsync(
                """
                UPDATE alerts SET count = count + @Count, first_seen = min(first_seen, @first), last_seen = max(last_seen, @last), counts_from = min(coalesce(counts_from, @from), coalesce(@from, counts_from)),
                held_at = max(held_at, @held), evidence = evidence + @kept, applied_seq = CASE WHEN @IsOfClosed THEN min(@through, closed_seq) ELSE @through END, updated_at = @now WHERE id = @id
                """,
                values, transaction);
        }
        if (storm is not null)
        {
            await connection.ExecuteAsync(
                """
                UPDATE alerts SET count = count + @Count, folded = folded + @isNew, first_seen = min(first_seen, @first), last_seen = max(last_seen, @last), held_at = max(held_at, @held), applied_seq = @through,
                updated_at = @now WHERE id = @storm
                """,
                values, transaction);
        }
        InsertEvidence(connection, values.id, standing?.Evidence ?? 0, change.Evidence.Take((int)values.kept), seen => samples.GetValueOrDefault((change, seen.Seq)));
        return (await connection.QuerySingleAsync<AlertTable.Row>($"SELECT {AlertTable.Columns} FROM alerts WHERE id = @id", values, transaction)).ToAlert();
    }

    private static void InsertEvidence(DbConnection connection, string alert, long number, IEnumerable<EventRef> evidence, Func<EventRef, string?> sampleOf)
    {
        using var insert = new PreparedInsert(connection, "INSERT INTO alert_events (alert, number, seq, ts, received_at, event) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
        insert.Bind(1, alert);
        foreach (var seen in evidence)
        {
            insert.Bind(2, number++);
            insert.Bind(3, (long)seen.Seq);
            insert.Bind(4, seen.Time);
            insert.Bind(5, seen.ReceivedAt);
            insert.Bind(6, sampleOf(seen));
            insert.Run();
        }
    }

    private async Task<bool> IsStormAsync(DbConnection connection, DbTransaction? transaction, AlertChange change) => change.Rule.Alerts.FoldsStorms && await connection.ExecuteScalarAsync<long>(
        "SELECT count(*) FROM (SELECT 1 FROM alerts WHERE tenant = @tenant AND rule = @rule AND created_at > @since LIMIT @most)",
        new { tenant = (long)change.Tenant.Number, rule = change.Rule.Id, since = Instant.Now(time) - StormTime, most = MostRaised }, transaction) == MostRaised;

    // The alert that stands for all of a storm; made where there is none.
    private async Task<string> StormAsync(DbConnection connection, DbTransaction transaction, AlertChange change, ulong through, int version, long now)
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
            return there;
        }
        await connection.ExecuteAsync(
            """
            INSERT INTO alerts (id, tenant, fingerprint, rule, rule_version, title, description, severity, tags, grouped, event_values, state, count, first_seen, last_seen, span, held_at,
            evidence, applied_seq, auto_close, created_at, updated_at)
            VALUES (@id, @tenant, @fingerprint, @rule, @version, @title, @Description, @severity, @tags, '{}', '{}', 'open', 0, @first, @last, @span, @held, 0, @through, @autoClose, @now, @now)
            """,
            values, transaction);
        await connection.ExecuteAsync("INSERT INTO outbox (tenant, alert, kind, created_at) VALUES (@tenant, @id, 'raised', @now)", values, transaction);
        return values.id;
    }

    // The alert that was closed last, where that was so short a while ago that it goes on; null where it was not.
    private static async Task<Standing?> ReopenAsync(DbConnection connection, DbTransaction transaction, AlertChange change, ulong through, long now)
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

    // Of a storm's alerts the one that stands for all is told of.
    private static async Task<List<Alert>> WithoutFoldedAsync(DbConnection connection, DbTransaction transaction, List<Alert> changed)
    {
        var told = changed.Where(alert => alert.Storm is null).ToList();
        foreach (var storm in changed.Select(alert => alert.Storm).OfType<Guid>().Distinct())
        {
            told.Add((await connection.QuerySingleAsync<AlertTable.Row>($"SELECT {AlertTable.Columns} FROM alerts WHERE id = @id", new { id = storm.ToString() }, transaction)).ToAlert());
        }
        return told;
    }
}
