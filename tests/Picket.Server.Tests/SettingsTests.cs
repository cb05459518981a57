using Picket.Server.Hosting;

namespace Picket.Server.Tests;

public sealed class SettingsTests : IDisposable
{
    private static readonly Dictionary<string, string> None = [];
    private readonly string folder = Directory.CreateTempSubdirectory("picket-test-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Later_sources_win()
    {
        File.WriteAllText(Path.Combine(folder, "config.yaml"), "server:\n  port: 1\n  read_timeout: 3s\n");
        File.WriteAllText(Path.Combine(folder, "picket.yaml"), "server:\n  port: 2\ndata: yaml\nlog.level: warn\n");
        File.WriteAllText(Path.Combine(folder, ".env"), "# comment\nPICKET_SERVER_PORT=3\nPICKET_DATA=\"dotenv\"\n");
        var settings = Settings.Load(folder, new Dictionary<string, string> { ["PICKET_SERVER_PORT"] = "4", ["HOME"] = "x" }, new Dictionary<string, string> { ["server.port"] = "5" });
        Assert.Equal((5, "dotenv", TimeSpan.FromSeconds(3), "warn"), (settings.Number("server.port"), settings.Text("data"), settings.Duration("server.read_timeout"), settings.Text("log.level")));
        Assert.Equal("flag", settings.All.Single(row => row.Setting.Key == "server.port").From);
        Assert.Equal(".env, PICKET_DATA", settings.All.Single(row => row.Setting.Key == "data").From);
    }

    [Fact]
    public void Every_unknown_and_wrong_setting_is_found_at_once_with_the_nearest_name()
    {
        File.WriteAllText(Path.Combine(folder, "picket.yaml"), "sever:\n  port: 1\nserver:\n  port: many\n");
        var error = Assert.Throws<SettingsException>(() => Settings.Load(folder, new Dictionary<string, string> { ["PICKET_QUERY_TIME_LIMT"] = "1s", ["PICKET_INGEST_PATIENCE"] = "5" }, None));
        Assert.Equal(4, error.Findings.Count);
        Assert.Contains("There is no setting sever.port (picket.yaml, line 2). Did you mean server.port?", error.Findings);
        Assert.Contains(error.Findings, finding => finding.StartsWith("server.port must be a whole number; it is \"many\"", StringComparison.Ordinal));
        Assert.Contains(error.Findings, finding => finding.Contains("Did you mean query.time_limit?", StringComparison.Ordinal));
        Assert.Contains(error.Findings, finding => finding.StartsWith("ingest.patience must be a duration", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("30d", 30)]
    [InlineData("forever", 0)]
    public void Days_of_retention_are_read(string text, int days)
    {
        Assert.True(Settings.TryDays(text, out var read));
        Assert.Equal(days, read);
    }

    [Theory]
    [InlineData("storage.retention", "30")]
    [InlineData("storage.retention", "0d")]
    [InlineData("storage.retention", "1h")]
    [InlineData("storage.retention_of", "acme")]
    [InlineData("storage.retention_of", "acme=90d;dev=never")]
    [InlineData("detection.lateness_of", "firewall")]
    [InlineData("detection.lateness_of", "firewall=soon")]
    [InlineData("detection.lateness_of", "firewall=1h;FIREWALL=2h")]
    public void Wrong_days_are_found(string key, string value) => Assert.Contains(
        $"{key} must be ", Assert.Single(Assert.Throws<SettingsException>(() => Settings.Load(folder, None, new Dictionary<string, string> { [key] = value })).Findings), StringComparison.Ordinal);

    [Fact]
    public void Days_of_some_tenants_are_read() => Assert.Equal(
        new Dictionary<string, int> { ["acme"] = 90, ["dev"] = 0 },
        Settings.Load(folder, None, new Dictionary<string, string> { ["storage.retention_of"] = "acme=90d; dev=forever" }).DaysByTenant("storage.retention_of"));

    [Fact]
    public void Durations_of_sources_are_read() => Assert.Equal(
        new Dictionary<string, TimeSpan> { ["the firewall"] = TimeSpan.FromHours(1), ["a=b"] = TimeSpan.FromSeconds(30) },
        Settings.Load(folder, None, new Dictionary<string, string> { ["detection.lateness_of"] = "the firewall = 1h; a=b=30s;" }).DurationsByName("detection.lateness_of"));

    [Fact]
    public void The_older_systems_file_is_read_and_what_has_no_use_is_named()
    {
        File.WriteAllText(Path.Combine(folder, "config.yaml"), """
            server:
              port: 8080
              read_timeout: 10s
              write_timeout: 10s
            postgres:
              host: localhost
              port: 5432
            redis:
              host: localhost
            ingestion:
              worker_count: 10
              buffer_size: 10000
              batch_size: 100
              batch_timeout: 1s
            cache:
              ttl: 5m
              query_cache_enabled: true
            """);
        var settings = Settings.Load(folder, None, None);
        Assert.Contains("postgres.host", settings.Unused);
        Assert.Contains("ingestion.worker_count", settings.Unused);
        Assert.DoesNotContain("server.port", settings.Unused);
    }

    [Fact]
    public void Secrets_are_not_shown()
    {
        var settings = Settings.Load(folder, new Dictionary<string, string> { ["PICKET_BOOTSTRAP_KEY"] = "secret" }, None);
        Assert.DoesNotContain(settings.All, row => row.Value == "secret");
        Assert.Equal("secret", settings.Text("bootstrap_key"));
    }

    [Theory]
    [InlineData("500ms", 0.5)]
    [InlineData("1.5h", 5_400)]
    [InlineData("1d", 86_400)]
    public void Durations_are_read(string text, double seconds)
    {
        Assert.True(Settings.TryDuration(text, out var value));
        Assert.Equal(seconds, value.TotalSeconds);
    }
}
