using System.Data.Common;
using System.Globalization;
using System.Text.Json.Nodes;
using Dapper;
using Picket.Detection.Alerts;
using Picket.Detection.Rules;
using Picket.Events;

namespace Picket.Metastore;

/// <summary>The alerts: read, acknowledged and closed here; raised and counted up by <see cref="DetectorStore"/>. Thread-safe.</summary>
public sealed class AlertTable(SqliteDatabase database, TimeProvider time)
{
    internal const string Columns =
        """
        id, tenant, fingerprint, rule, rule_version, title, description, severity, tags, grouped, event_values, state, count, first_seen, last_seen, span, held_at, created_at, updated_at,
        acknowledged_at, acknowledged_by, closed_at, closed_by, close_reason, close_note, snooze_until, storm, folded
        """;

    internal sealed record Row(
        string Id, long Tenant, string Fingerprint, string Rule, long Rule_version, string Title, string? Description, string Severity, string Tags, string Grouped, string Event_values, string State,
        long Count, long First_seen, long Last_seen, long? Span, long Held_at, long Created_at, long Updated_at, long? Acknowledged_at, string? Acknowledged_by, long? Closed_at, string? Closed_by,
        string? Close_reason, string? Close_note, long? Snooze_until, string? Storm, long Folded)
    {
        public Alert ToAlert() => new(
            Guid.Parse(Id), new TenantId((uint)Tenant), Fingerprint, Rule, (int)Rule_version, Title, RuleLevels.Parse(Severity), Enum.Parse<AlertState>(State, ignoreCase: true), Count, First_seen, Last_seen)
        {
            Description = Description,
            Tags = [.. JsonNode.Parse(Tags)!.AsArray().Select(tag => (string)tag!)],
            Group = JsonText.Read(Grouped),
            Values = JsonText.Read(Event_values),
            Span = Span,
            HeldAt = Held_at,
            CreatedAt = Created_at,
            UpdatedAt = Updated_at,
            AcknowledgedAt = Acknowledged_at,
            AcknowledgedBy = Acknowledged_by,
            ClosedAt = Closed_at,
            ClosedBy = Closed_by,
            CloseReason = Close_reason,
            CloseNote = Close_note,
            SnoozeUntil = Snooze_until,
            Storm = Storm is null ? null : Guid.Parse(Storm),
            Folded = Folded,
        };
    }

    // What waits for further events finds those of an alert that was closed so long ago.
    private const long Recent = 3_600 * Instant.PerSecond;

    /// <summary>The newest first.</summary>
    public async Task<IReadOnlyList<Alert>> ListAsync(AlertFilter filter, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        var (where, values) = ("tenant = @tenant", new DynamicParameters(new { tenant = (long)filter.Tenant.Number, limit = filter.Limit }));
        void And(string condition, string name, object? value)
        {
            if (value is not null)
            {
                where += $" AND {condition}";
                values.Add(name, value);
            }
        }
        And("state IN @states", "states", filter.States.Count == 0 ? null : filter.States.Select(state => state.ToString().ToLowerInvariant()).ToArray());
        And("severity = @severity", "severity", filter.Severity);
        And("rule = @rule", "rule", filter.Rule);
        And("fingerprint = @fingerprint", "fingerprint", filter.Fingerprint);
        And("last_seen >= @from", "from", filter.From);
        And("last_seen < @to", "to", filter.To);
        And("storm = @storm", "storm", filter.Storm?.ToString());
        if (filter.Storm is null && filter.Fingerprint is null)
        {
            where += " AND storm IS NULL";
        }
        And("id < @before", "before", filter.Before?.ToString());
        for (var i = 0; i < filter.Values.Count; i++)
        {
            var name = $"value{i.ToString(CultureInfo.InvariantCulture)}";
            values.Add($"path{name}", $"$.\"{filter.Values[i].Field}\"");
            And($"lower(coalesce(grouped ->> @path{name}, event_values ->> @path{name})) = lower(@{name})", name, filter.Values[i].Value);
        }
        var rows = await connection.QueryAsync<Row>($"SELECT {Columns} FROM alerts WHERE {where} ORDER BY id DESC LIMIT @limit", values);
        return [.. rows.Select(row => row.ToAlert())];
    }

    public async Task<Alert?> FindAsync(TenantId tenant, Guid id, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        return await FindAsync(connection, null, tenant, id);
    }

    /// <summary>Those with these ids, in their order.</summary>
    public async Task<IReadOnlyList<Alert>> ManyAsync(IReadOnlyCollection<Guid> ids, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        var rows = (await connection.QueryAsync<Row>(
            $"SELECT {Columns} FROM alerts WHERE id IN (SELECT value FROM json_each(@ids))", new { ids = new JsonArray([.. ids.Select(id => (JsonNode)id.ToString())]).ToJsonString() })).ToDictionary(row => Guid.Parse(row.Id));
        return [.. ids.Where(rows.ContainsKey).Select(id => rows[id].ToAlert())];
    }

    /// <summary>The events behind an alert that are known by their ids, in the order in which they came.</summary>
    public async Task<IReadOnlyList<AlertEvent>> EventsAsync(Guid id, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        var rows = await connection.QueryAsync<(long Seq, long Ts, long Received, string? Event)>("SELECT seq, ts, received_at, event FROM alert_events WHERE alert = @id ORDER BY number", new { id = id.ToString() });
        return [.. rows.Select(row => new AlertEvent((ulong)row.Seq, row.Ts, row.Received, row.Event))];
    }

    /// <summary>Of the alerts that are part of a storm those with the most events.</summary>
    public async Task<IReadOnlyList<(string Fingerprint, long Count)>> TopOfStormAsync(TenantId tenant, Guid storm, int limit, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        return [.. await connection.QueryAsync<(string, long)>(
            "SELECT fingerprint, count FROM alerts WHERE storm = @storm AND tenant = @tenant ORDER BY count DESC, fingerprint LIMIT @limit", new { storm = storm.ToString(), tenant = (long)tenant.Number, limit })];
    }

    /// <summary>Somebody has it now; no change where somebody had it already. Null when there is none, and closed ones stay as they are.</summary>
    public async Task<Alert?> AcknowledgeAsync(TenantId tenant, Guid id, string by, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        await connection.ExecuteAsync(
            "UPDATE alerts SET state = 'acknowledged', acknowledged_at = @now, acknowledged_by = @by, updated_at = @now WHERE tenant = @tenant AND id = @id AND state = 'open'",
            new { tenant = (long)tenant.Number, id = id.ToString(), by, now = Instant.Now(time) });
        return await FindAsync(connection, null, tenant, id);
    }

    /// <summary>Closes it, and what is folded into it: the events up to a number are their own, those that are not looked at yet too.</summary>
    /// <returns>The alert, and what was closed now; null when there is none.</returns>
    public async Task<(Alert? Alert, IReadOnlyList<string> Fingerprints)> CloseAsync(AlertClose close, ulong through, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        var closed = await connection.QueryAsync<string>(
            """
            UPDATE alerts SET state = 'closed', closed_at = @now, closed_by = @By, close_reason = @Reason, close_note = @Note, snooze_until = @SnoozeUntil, closed_seq = @through, updated_at = @now
            WHERE tenant = @tenant AND (id = @id OR storm = @id) AND state <> 'closed' RETURNING fingerprint
            """,
            new { tenant = (long)close.Tenant.Number, id = close.Id.ToString(), close.By, close.Reason, close.Note, close.SnoozeUntil, through = (long)through, now = Instant.Now(time) }, transaction);
        var alert = await FindAsync(connection, transaction, close.Tenant, close.Id);
        await transaction.CommitAsync(cancellation);
        return (alert, [.. closed]);
    }

    /// <summary>The alerts that close by themselves, and whose rules hold no more.</summary>
    public async Task<IReadOnlyList<(TenantId Tenant, Guid Id)>> ResolvedAsync(CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        var rows = await connection.QueryAsync<(long Tenant, string Id)>(
            "SELECT tenant, id FROM alerts WHERE auto_close = 1 AND state <> 'closed' AND storm IS NULL AND held_at + span < @now LIMIT 1000", new { now = Instant.Now(time) });
        return [.. rows.Select(row => (new TenantId((uint)row.Tenant), Guid.Parse(row.Id)))];
    }

    /// <summary>What windows must know of alerts: of those that count further events, active or snoozed, and of those that were closed with events which are not looked at yet.</summary>
    /// <param name="position">The last event that was looked at.</param>
    public async Task<IReadOnlyList<StandingAlert>> StandingAsync(ulong position, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        var rows = await connection.QueryAsync<(long Tenant, string Fingerprint, long? From, long Held, long? Through)>(
            """
            SELECT * FROM (SELECT tenant, fingerprint, counts_from, held_at, closed_seq FROM alerts WHERE closed_seq > @position OR closed_at > @recent ORDER BY closed_seq)
            UNION ALL
            SELECT tenant, fingerprint, counts_from, held_at, NULL FROM alerts WHERE counts_from IS NOT NULL AND (state <> 'closed' OR (snooze_until > @now AND applied_seq > closed_seq))
            """,
            new { position = (long)position, now = Instant.Now(time), recent = Instant.Now(time) - Recent });
        return [.. rows.Select(row => new StandingAlert(new TenantId((uint)row.Tenant), row.Fingerprint, row.From ?? long.MaxValue, row.Held, (ulong?)row.Through))];
    }

    /// <summary>When each of a tenant's rules held last, and when its newest alert was raised; ns since 1970.</summary>
    public async Task<IReadOnlyDictionary<string, (long HeldAt, long RaisedAt)>> HeldAsync(TenantId tenant, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        var rows = await connection.QueryAsync<(string Rule, long Held, long Raised)>("SELECT rule, max(held_at), max(created_at) FROM alerts WHERE tenant = @tenant GROUP BY rule", new { tenant = (long)tenant.Number });
        return rows.ToDictionary(row => row.Rule, row => (row.Held, row.Raised), StringComparer.Ordinal);
    }

    // A sender's clock may be so far ahead.
    private const long Ahead = 300 * Instant.PerSecond;

    /// <summary>Of each alert that was closed and has events from a time on, or may have: the last event of the log that belongs to it. Of several of a fingerprint the last.</summary>
    public async Task<IReadOnlyDictionary<string, ulong>> ClosedThroughAsync(TenantId tenant, long from, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        var rows = await connection.QueryAsync<(string Fingerprint, long Through)>(
            "SELECT fingerprint, max(closed_seq) FROM alerts WHERE tenant = @tenant AND closed_seq IS NOT NULL AND (last_seen >= @from OR closed_at >= @from - @Ahead) AND counts_from IS NOT NULL GROUP BY fingerprint",
            new { tenant = (long)tenant.Number, from, Ahead });
        return rows.ToDictionary(row => row.Fingerprint, row => (ulong)row.Through, StringComparer.Ordinal);
    }

    private static async Task<Alert?> FindAsync(DbConnection connection, DbTransaction? transaction, TenantId tenant, Guid id) => (await connection.QuerySingleOrDefaultAsync<Row>(
        $"SELECT {Columns} FROM alerts WHERE tenant = @tenant AND id = @id", new { tenant = (long)tenant.Number, id = id.ToString() }, transaction))?.ToAlert();
}

/// <summary>To close an alert.</summary>
/// <param name="Tenant">Whose.</param>
/// <param name="Id">Which.</param>
/// <param name="By">The name of the key.</param>
/// <param name="Reason">What it was.</param>
/// <param name="Note">For people.</param>
/// <param name="SnoozeUntil">Until when further events are counted and raise nothing; ns since 1970.</param>
public sealed record AlertClose(TenantId Tenant, Guid Id, string By, string? Reason, string? Note, long? SnoozeUntil);
