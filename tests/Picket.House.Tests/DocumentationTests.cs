using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Picket.Events.Schema;
using Picket.Server.Hosting;
using Picket.Metastore;
using Picket.Server.Ingest;
using Picket.Server.Metrics;
using Picket.Server.Alerts;
using Picket.Server.Rules;
using Picket.Server.Search;
using Picket.Server.Tail;
using Picket.Storage;
using Picket.Storage.Files;

namespace Picket.House.Tests;

/// <summary>Tables in the documentation say what the code says.</summary>
public sealed class DocumentationTests
{
    [Fact]
    public void The_documented_fields_are_the_schemas() => Assert.Equal(
        EventSchema.Fields.Select(known => $"| `{known.Field}` | {known.Kind} | {string.Join(", ", known.Synonyms.Select(name => $"`{name}`"))} |"),
        Rows("events.md", "| field | kind | also read from |"));

    [Fact]
    public void The_documented_settings_are_all_settings() => Assert.Equal(
        SettingsCatalogue.All.Select(setting => $"| `{setting.Key}` | `{setting.EnvironmentName}` | {(setting.Default.Length == 0 ? "" : $"`{setting.Default}`")} | {setting.Summary} |"),
        Rows("settings.md", "| setting | environment | default | what it does |"));

    [Fact]
    public void The_documented_metrics_are_all_instruments()
    {
        var folder = Directory.CreateTempSubdirectory("picket-test-").FullName;
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        using (var listener = new MeterListener())
        using (var services = new ServiceCollection().AddMetrics().BuildServiceProvider())
        using (var store = new EmbeddedStore(new DiskFiles(folder), 1, new StorageOptions(), TimeProvider.System, NullLogger.Instance))
        {
            listener.InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name.StartsWith("Picket.", StringComparison.Ordinal))
                {
                    found[instrument.Name] = $"| `{instrument.Name}` | {instrument.Unit} | {instrument.Description} |";
                }
            };
            listener.Start();
            var meters = services.GetRequiredService<IMeterFactory>();
            var ingest = new IngestMetrics(meters, TimeProvider.System);
            using var pipeline = new IngestPipeline(store, new IngestOptions(), ingest, TimeProvider.System);
            _ = new SearchMetrics(meters);
            using var hub = new TailHub(store, NullLogger<TailHub>.Instance);
            _ = new TailMetrics(meters, hub);
            var database = new SqliteDatabase(Path.Combine(folder, "metastore.db"));
            var alerts = new AlertTable(database, TimeProvider.System);
            var snapshots = new WindowSnapshots(Path.Combine(folder, "windows"), TimeSpan.FromSeconds(60), TimeProvider.System, NullLogger<WindowSnapshots>.Instance);
            using var detector = new DetectionService(
                store, new RuleTable(database, TimeProvider.System), new ExceptionTable(database), new ListTable(database, TimeProvider.System), new RuleTexts(new DetectionOptions()), new DetectorStore(database, new ScheduleTable(database, TimeProvider.System), TimeProvider.System), alerts, new WatchedTable(database, TimeProvider.System), new CursorTable(database, TimeProvider.System), new GapTable(database), new TenantTable(database),
                new StoredHistory(store, store, alerts), snapshots, new AlertHub(), new DetectionOptions(), TimeProvider.System, NullLogger<DetectionService>.Instance);
            using var schedules = new ScheduleService(detector, new ScheduleTable(database, TimeProvider.System), new GapTable(database), new TenantTable(database), new StoredHistory(store, store, alerts), store, new DetectionOptions(), TimeProvider.System, NullLogger<ScheduleService>.Instance);
            _ = new DetectionMetrics(meters, detector, schedules, snapshots);
            _ = new StorageMetrics(meters, store, pipeline);
        }
        Directory.Delete(folder, recursive: true);
        Assert.Equal(found.Values, Rows("metrics.md", "| metric | unit | what it counts |"));
    }

    private static string[] Rows(string document, string header)
    {
        var lines = File.ReadAllLines(Path.Combine(Testing.SharedData.Repository, "docs", document));
        var start = Array.IndexOf(lines, header);
        Assert.True(start >= 0, $"docs/{document} has no table that begins {header}");
        return [.. lines.Skip(start + 2).TakeWhile(line => line.StartsWith('|'))];
    }
}
