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
}
