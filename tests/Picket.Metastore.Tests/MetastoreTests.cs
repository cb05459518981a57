using Dapper;
using Picket.Events;

namespace Picket.Metastore.Tests;

public sealed class MetastoreTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("picket-test-").FullName;
    private readonly SqliteDatabase database;

    public MetastoreTests() => database = new SqliteDatabase(Path.Combine(folder, "m.db"));

    public void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Migrations_run_up_once_and_down_one_by_one()
    {
        var migrations = new Migrations(database);
        Assert.Equal(Migrations.Latest, (await migrations.UpAsync(default)).Count);
        Assert.Empty(await migrations.UpAsync(default));
        Assert.Equal(Migrations.Latest, await migrations.VersionAsync(default));
        for (var left = Migrations.Latest; left > 0; left--)
        {
            Assert.StartsWith(left.ToString("D4", null), await migrations.DownAsync(default), StringComparison.Ordinal);
        }
        Assert.Null(await migrations.DownAsync(default));
        Assert.Equal(Migrations.Latest, (await migrations.UpAsync(default)).Count);
    }

    [Fact]
    public async Task A_newer_metastore_is_refused()
    {
        await new Migrations(database).UpAsync(default);
        await using (var connection = await database.OpenAsync(default))
        {
            var command = connection.CreateCommand();
            command.CommandText = "PRAGMA user_version = 9999";
            await command.ExecuteNonQueryAsync();
        }
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => new Migrations(database).UpAsync(default));
        Assert.Contains("9999", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_are_kept_as_hashes_and_found_by_them()
    {
        await new Migrations(database).UpAsync(default);
        var keys = new ApiKeyTable(database, TimeProvider.System);
        Assert.False(await keys.AnyAsync(default));
        var (key, text) = await keys.AddAsync(TenantId.Default, "ci", ["ingest:logs"], 50, DateTimeOffset.UtcNow.AddDays(1), null, default);
        var found = await keys.FindAsync(ApiKeyTable.HashOf(text), default);
        Assert.Equal((key.Id, TenantId.Default, "ci", text[..8], 50), (found!.Id, found.Tenant, found.Name, found.Prefix, found.RateLimit));
        Assert.Equal(["ingest:logs"], found.Scopes);
        Assert.True(found.IsUsable(DateTimeOffset.UtcNow));
        Assert.False(found.IsUsable(DateTimeOffset.UtcNow.AddDays(2)));
        Assert.DoesNotContain(text, Convert.ToHexString(await File.ReadAllBytesAsync(Path.Combine(folder, "m.db"))), StringComparison.OrdinalIgnoreCase);
        Assert.Equal("short", (await keys.AddAsync(TenantId.Default, "s", [], 0, null, "short", default)).Key.Prefix);
        Assert.Equal(2, (await keys.ListAsync(TenantId.Default, default)).Count);
        Assert.True(await keys.RevokeAsync(TenantId.Default, key.Id, default));
        Assert.False(await keys.RevokeAsync(TenantId.Default, key.Id, default));
        Assert.False((await keys.FindAsync(ApiKeyTable.HashOf(text), default))!.IsUsable(DateTimeOffset.UtcNow));
        Assert.Null(await keys.FindAsync(ApiKeyTable.HashOf("other"), default));
    }

    [Fact]
    public async Task Tenants_begin_with_default_and_cursors_move()
    {
        await new Migrations(database).UpAsync(default);
        var tenants = new TenantTable(database);
        Assert.Equal((TenantId.Default, 30), ((await tenants.FindAsync("default", default))!.Number, (await tenants.FindAsync("default", default))!.RetentionDays));
        var made = await tenants.FindOrAddAsync("acme", default);
        Assert.Equal(made, await tenants.FindOrAddAsync("acme", default));
        Assert.NotEqual(TenantId.Default, made.Number);
        Assert.Null(await tenants.FindAsync("nobody", default));
        var cursors = new CursorTable(database, TimeProvider.System);
        Assert.Null(await cursors.FindAsync("detection", default));
        await cursors.SetAsync("detection", new LogPosition(3, 5), default);
        await cursors.SetAsync("detection", new LogPosition(3, 9), default);
        Assert.Equal(new LogPosition(3, 9), await cursors.FindAsync("detection", default));
    }

    private Task WriteAsync(LogPosition position, params IEnumerable<(TenantId Tenant, string Rule, KeptMatch Match)> matches)
    {
        var tally = new MatchTally();
        foreach (var (tenant, rule, match) in matches)
        {
            tally.Add(tally.Of(tenant, rule), match);
        }
        return new DetectorStore(database, new ScheduleTable(database, TimeProvider.System), TimeProvider.System).WriteAsync(
            new DetectorStore.Commit("detector", position, tally, []), (_, _) => 1, (_, _) => ValueTask.FromResult<string?>(null), default);
    }

    [Fact]
    public async Task Of_a_rules_matches_the_newest_are_kept_and_all_are_counted()
    {
        await new Migrations(database).UpAsync(default);
        var (matches, cursors) = (new MatchTable(database), new CursorTable(database, TimeProvider.System));
        var other = new TenantId(2);
        for (var batch = 0; batch < 30; batch++)
        {
            // A batch with more than are kept, among small ones.
            var count = batch == 10 ? 2_500 : 100;
            var first = (ulong)((batch * 10_000) + 1);
            await WriteAsync(new LogPosition(3, first + 5_000), [
                .. Enumerable.Range(0, count).Select(i => (TenantId.Default, "r", new KeptMatch(batch + 1, first + (ulong)i, 1_000 - batch, 7))),
                (other, "r", new KeptMatch(1, first + 4_000, batch, 7)),
            ]);
            var (kept, total) = await matches.ListAsync(TenantId.Default, "r", LogPosition.MaxSeq, 10_000, default);
            Assert.Equal((batch < 10 ? 0 : 2_400) + ((batch + 1) * 100), total);
            // Those of one transaction go together.
            Assert.InRange(kept.Count, Math.Min(total, MatchTable.Kept), (2 * MatchTable.Kept) + 200);
            Assert.Equal((batch + 1, first + (ulong)count - 1), (kept[0].Version, kept[0].Seq));
            Assert.Equal(kept.OrderByDescending(match => match.Seq), kept);
        }
        Assert.Equal(new LogPosition(3, 295_001), await cursors.FindAsync("detector", default));
        Assert.Equal((5_400, 1_000), (await matches.CountsAsync(TenantId.Default, default))["r"]);
        Assert.Equal((30, 29), (await matches.CountsAsync(other, default))["r"]);
        var (page, _) = await matches.ListAsync(other, "r", 200_000, 3, default);
        Assert.Equal([194_001ul, 184_001ul, 174_001ul], page.Select(match => match.Seq));
        Assert.Equal((0, 0), ((await matches.ListAsync(other, "none", LogPosition.MaxSeq, 5, default)).Matches.Count, (await matches.ListAsync(other, "none", LogPosition.MaxSeq, 5, default)).Total));
    }

    [Fact]
    public async Task Matches_outlive_the_migration_to_blocks_and_back()
    {
        var migrations = new Migrations(database);
        await migrations.UpAsync(default);
        while (await migrations.VersionAsync(default) > 11)
        {
            await migrations.DownAsync(default);
        }
        await using (var connection = await database.OpenAsync(default))
        {
            await connection.ExecuteAsync(
                "INSERT INTO rule_states (tenant, rule, matches, last_match_at) VALUES (1, 'r', 2, 9), (2, 'r', 1, 9); INSERT INTO rule_matches VALUES (1, 'r', 5, 1, 1768910400000000001, 3), (1, 'r', 7, 2, 8, 9), (2, 'r', 6, 1, 1, 1)");
        }
        await migrations.UpAsync(default);
        KeptMatch[] wanted = [new(2, 7, 8, 9), new(1, 5, 1768910400000000001, 3)];
        var (kept, total) = await new MatchTable(database).ListAsync(new TenantId(1), "r", LogPosition.MaxSeq, 10, default);
        Assert.Equal((2, 2), (kept.Count, total));
        Assert.Equal(wanted, kept);
        await migrations.DownAsync(default);
        await using (var connection = await database.OpenAsync(default))
        {
            Assert.Equal(3, await connection.ExecuteScalarAsync<long>("SELECT count(*) FROM rule_matches WHERE seq IN (5, 6, 7) AND typeof(ts) = 'integer'"));
        }
    }

    [Fact]
    public async Task What_is_added_for_a_position_is_added_whole_or_not_at_all()
    {
        await new Migrations(database).UpAsync(default);
        var (matches, cursors) = (new MatchTable(database), new CursorTable(database, TimeProvider.System));
        await WriteAsync(new LogPosition(3, 5), (TenantId.Default, "r", new KeptMatch(1, 5, 0, 0)));
        // The same event twice can only be a mistake.
        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => WriteAsync(new LogPosition(3, 9), (TenantId.Default, "other", new KeptMatch(1, 8, 0, 0)), (TenantId.Default, "r", new KeptMatch(1, 5, 0, 0))));
        Assert.Equal(new LogPosition(3, 5), await cursors.FindAsync("detector", default));
        Assert.Equal(["r"], (await matches.CountsAsync(TenantId.Default, default)).Keys);
    }

    [Fact]
    public async Task A_rules_versions_hold_behind_the_position_at_which_they_were_taken()
    {
        await new Migrations(database).UpAsync(default);
        var rules = new RuleTable(database, TimeProvider.System);
        Assert.False(await rules.AnyWaitingAsync(default));
        await rules.ChangeAsync(TenantId.Default, [new RuleChange("a", "one", true), new RuleChange("b", "two", false)], default);
        Assert.True(await rules.AnyWaitingAsync(default));
        Assert.Equal([(1, null)], await rules.VersionsAsync(TenantId.Default, "a", default));
        Assert.Equal(["a", "b"], (await rules.TakeAsync(new LogPosition(3, 10), default)).Select(rule => rule.Id));
        Assert.False(await rules.AnyWaitingAsync(default));
        await rules.ChangeAsync(TenantId.Default, [new RuleChange("a", "three", true)], default);
        await rules.ChangeAsync(TenantId.Default, [new RuleChange("a", null, false, IsDeleted: true)], default);
        Assert.Null(await rules.FindAsync(TenantId.Default, "a", default));
        Assert.Equal(["b"], (await rules.TakeAsync(new LogPosition(3, 20), default)).Select(rule => rule.Id));
        await rules.ChangeAsync(TenantId.Default, [new RuleChange("a", "four", true)], default);
        Assert.Equal([(1, new LogPosition(3, 10)), (2, new LogPosition(3, 20)), (3, new LogPosition(3, 20)), (4, (LogPosition?)null)], await rules.VersionsAsync(TenantId.Default, "a", default));
        var again = (await rules.FindAsync(TenantId.Default, "a", default))!;
        Assert.Equal((4, "four", true, 2), (again.Version, again.Text, again.IsActive, await rules.CountAsync(TenantId.Default, default)));
    }
}
