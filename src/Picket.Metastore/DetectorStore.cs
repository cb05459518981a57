using Dapper;
using Picket.Detection.Alerts;
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

    /// <summary>Writes it.</summary>
    /// <param name="commit">What.</param>
    /// <param name="versionOf">The version of a tenant's rule.</param>
    /// <param name="show">An event as JSON; null where it is not kept.</param>
    /// <returns>The alerts that were raised or have further events; of a storm's the one that stands for all.</returns>
    public async Task<IReadOnlyCollection<WrittenAlert>> WriteAsync(
        Commit commit, Func<TenantId, string, int> versionOf, Func<TenantId, EventRef, ValueTask<string?>> show, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        using var alerts = new AlertWriter(connection, time);
        // Events are read before the transaction begins, so that it is short: nobody else writes alerts' events.
        var samples = new Dictionary<AlertChange, IReadOnlyList<string?>>(ReferenceEqualityComparer.Instance);
        foreach (var change in commit.Changes)
        {
            var known = alerts.Find(change);
            if (known is null && await alerts.IsStormAsync(null, change))
            {
                continue;
            }
            if (known is null || known.Evidence < Samples)
            {
                samples.Add(change, await ShowAsync(change, Samples - (int)(known?.Evidence ?? 0), show));
            }
        }
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await MatchTable.AddAsync(connection, transaction, commit.Matches);
        var changed = new Dictionary<Guid, WrittenAlert>();
        foreach (var change in commit.Changes)
        {
            if (await alerts.ApplyAsync(transaction, change, commit.Position.Seq, versionOf(change.Tenant, change.Rule.Id), samples.GetValueOrDefault(change, [])) is { } alert)
            {
                // What was raised by one change is new, also where another counts in it.
                changed.TryAdd(alert.Id, alert);
            }
        }
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
        return changed.Values;
    }

    /// <summary>Up to when no event of each tenant was waited for when it was written last; ns since 1970.</summary>
    public async Task<IReadOnlyDictionary<TenantId, long>> SettledAsync(CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        return (await connection.QueryAsync<(long Tenant, long Until)>("SELECT tenant, until FROM settled")).ToDictionary(row => new TenantId((uint)row.Tenant), row => row.Until);
    }

    /// <summary>Raises alerts of what happened long ago, each with the tag <c>retro</c>; not where there is one that is active, or that was closed and is of that time.</summary>
    /// <param name="changes">What would have been raised.</param>
    /// <param name="through">The last event that was looked at.</param>
    /// <returns>Those that were raised.</returns>
    public async Task<IReadOnlyList<(WrittenAlert Alert, AlertChange Change)>> RaiseAsync(
        IReadOnlyList<AlertChange> changes, ulong through, Func<TenantId, string, int> versionOf, Func<TenantId, EventRef, ValueTask<string?>> show, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        using var alerts = new AlertWriter(connection, time);
        var samples = new Dictionary<AlertChange, IReadOnlyList<string?>>(ReferenceEqualityComparer.Instance);
        foreach (var change in changes)
        {
            samples.Add(change, await ShowAsync(change, Samples, show));
        }
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        var raised = new List<(WrittenAlert, AlertChange)>();
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
                raised.Add((await alerts.WriteAsync(transaction, change, null, through, versionOf(change.Tenant, change.Rule.Id), samples[change], isRetro: true), change));
            }
        }
        await transaction.CommitAsync(cancellation);
        return raised;
    }

    private static async Task<IReadOnlyList<string?>> ShowAsync(AlertChange change, int most, Func<TenantId, EventRef, ValueTask<string?>> show)
    {
        var shown = new List<string?>();
        foreach (var seen in change.Evidence.Take(most))
        {
            shown.Add(await show(change.Tenant, seen));
        }
        return shown;
    }
}
