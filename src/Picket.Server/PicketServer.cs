using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Picket.Detection;
using Picket.Detection.Pipelines;
using Picket.Events;
using Picket.Events.Log;
using Picket.Events.Parsing;
using Picket.Metastore;
using Picket.Query.Store;
using Picket.Server.Access;
using Picket.Server.Alerts;
using Picket.Server.Backtests;
using Picket.Server.Health;
using Picket.Server.Hosting;
using Picket.Server.Http;
using Picket.Server.Ingest;
using Picket.Server.Metrics;
using Picket.Server.Rules;
using Picket.Server.Search;
using Picket.Server.Tail;
using Picket.Storage;
using Picket.Storage.Files;

namespace Picket.Server;

/// <summary>The whole server: its parts in the order they start and stop.</summary>
public sealed partial class PicketServer : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly DataFolder folder;
    private readonly EmbeddedStore store;

    private PicketServer(WebApplication app, DataFolder folder, EmbeddedStore store, string? firstKey)
    {
        (this.app, this.folder, this.store) = (app, folder, store);
        FirstKey = firstKey;
    }

    /// <summary>The key made at this start, because there was none; to be shown once.</summary>
    public string? FirstKey { get; }

    public IReadOnlyCollection<string> Urls => [.. app.Urls];

    public EmbeddedStore Store => store;

    /// <summary>Opens the data folder, recovers, and listens.</summary>
    /// <exception cref="IOException">The folder or the port cannot be used; the message says why and what to do.</exception>
    public static async Task<PicketServer> StartAsync(Settings settings, TimeProvider time, Action<ILoggingBuilder> logging, CancellationToken cancellation)
    {
        var folder = DataFolder.Open(Path.GetFullPath(settings.Text("data")));
        EmbeddedStore? store = null;
        WebApplication? app = null;
        try
        {
            var database = new SqliteDatabase(Path.Combine(folder.Path, "metastore.db"));
            var migrations = new Migrations(database);
            await migrations.UpAsync(cancellation);
            var keys = new ApiKeyTable(database, time);
            var firstKey = await Access.FirstKey.MakeAsync(keys, settings.Text("bootstrap_key") is { Length: > 0 } wanted ? wanted : null, cancellation);
            using var startLog = LoggerFactory.Create(logging);
            var storeLog = LoggerFactory.Create(logging);
            var retention = await RetentionOfAsync(settings, new TenantTable(database), cancellation);
            store = new EmbeddedStore(new DiskFiles(folder.Path), folder.Log, StorageOptionsOf(settings, retention), time, storeLog.CreateLogger("Picket.Storage"));
            var guests = await new TenantTable(database).FindOrAddAsync(settings.Text("anonymous.tenant"), cancellation);
            app = Build(settings, time, logging, database, migrations, keys, new AnonymousAccess(settings, guests), store, new CursorSigner(await new SecretTable(database).FindOrAddAsync("cursors", cancellation)));
            await ListenAsync(app, cancellation);
            Log.Started(startLog.CreateLogger("Picket"), string.Join(", ", app.Urls), folder.Path, SqliteDatabase.Library);
            if (settings.List("anonymous.scopes").Length > 0)
            {
                Log.Anonymous(startLog.CreateLogger("Picket"), settings.Text("anonymous.scopes"), settings.Text("anonymous.from"));
            }
            if (settings.Unused.Count > 0)
            {
                Log.Unused(startLog.CreateLogger("Picket"), string.Join(", ", settings.Unused));
            }
            return new PicketServer(app, folder, store, firstKey);
        }
        catch
        {
            if (app is not null)
            {
                await app.DisposeAsync();
            }
            store?.Dispose();
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Completes when the server has been asked to stop.</summary>
    public Task WaitForStopAsync(CancellationToken cancellation) => app.WaitForShutdownAsync(cancellation);

    /// <summary>Takes no new requests, lets those under way end, flushes, and lets go of the folder.</summary>
    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
        store.Dispose();
        folder.Dispose();
    }

    private static async Task ListenAsync(WebApplication app, CancellationToken cancellation)
    {
        // A server that could not start forgets its addresses.
        var urls = string.Join(", ", app.Urls);
        try
        {
            await app.StartAsync(cancellation);
        }
        catch (IOException error) when (error.InnerException is AddressInUseException)
        {
            throw new IOException($"{urls} is in use by another program. Stop that one, or choose another with --urls or server.port.", error);
        }
    }

    private static WebApplication Build(
        Settings settings, TimeProvider time, Action<ILoggingBuilder> logging, SqliteDatabase database, Migrations migrations, ApiKeyTable keys,
        AnonymousAccess anonymous, EmbeddedStore store, CursorSigner cursors)
    {
        // The others watch the folder that the server was started in, with all that is below, for files of settings: often that is where it writes its data.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "picket" });
        builder.Services.AddRoutingCore();
        logging(builder.Logging);
        builder.Host.ConfigureHostOptions(host => host.ShutdownTimeout = settings.Duration("server.shutdown_timeout"));
        builder.WebHost.UseKestrelCore()
            // A connection whose body waits for room holds this much of it and no more; the ordinary 1 MiB is 100 MiB at a hundred connections.
            .UseSockets(sockets => sockets.MaxReadBufferSize = 256 * 1024)
            .ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // RequestBody bounds bodies, and says why there.
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.RequestHeadersTimeout = settings.Duration("server.read_timeout");
        });
        builder.Services
            .AddSingleton(time)
            .AddSingleton(settings)
            .AddSingleton(database)
            .AddSingleton(migrations)
            .AddSingleton(keys)
            .AddSingleton(anonymous)
            .AddSingleton(store)
            .AddSingleton(cursors)
            .AddSingleton<IEventLog>(store)
            .AddSingleton<IEventStore>(store)
            .AddSingleton(IngestOptionsOf(settings))
            .AddSingleton<ApiKeys>()
            .AddSingleton<RateLimiter>()
            .AddSingleton<IngestMetrics>()
            .AddSingleton<IngestPipeline>()
            .AddSingleton<SearchMetrics>()
            .AddSingleton(DetectionOptionsOf(settings))
            .AddSingleton<RuleTable>()
            .AddSingleton<MatchTable>()
            .AddSingleton<ExceptionTable>()
            .AddSingleton<ListTable>()
            .AddSingleton<SilenceTable>()
            .AddSingleton<ReferenceCheck>()
            .AddSingleton<DetectorStore>()
            .AddSingleton<AlertTable>()
            .AddSingleton<WatchedTable>()
            .AddSingleton<AlertHub>()
            .AddSingleton<StoredHistory>()
            .AddSingleton<CursorTable>()
            .AddSingleton<RuleTexts>()
            .AddSingleton<RuleLimit>()
            .AddSingleton(services => new WindowSnapshots(
                Path.Combine(Path.GetFullPath(settings.Text("data")), "windows"), services.GetRequired<DetectionOptions>().SnapshotEvery, time, services.GetRequired<ILogger<WindowSnapshots>>()))
            .AddSingleton<DetectionService>()
            .AddHostedService(services => services.GetRequired<DetectionService>())
            .AddSingleton<TenantTable>()
            .AddSingleton<ScheduleTable>()
            .AddSingleton<GapTable>()
            .AddSingleton<ScheduleService>()
            .AddHostedService(services => services.GetRequired<ScheduleService>())
            .AddSingleton<BacktestService>()
            .AddHostedService(services => services.GetRequired<BacktestService>())
            .AddSingleton<DetectionMetrics>()
            .AddSingleton<TailHub>()
            .AddSingleton<TailMetrics>()
            .AddSingleton<StorageMetrics>()
            .AddSingleton<PrometheusText>()
            .AddSingleton<Uptime>()
            .AddMetrics()
            .AddCors()
            .AddRouting();
        var app = builder.Build();
        var urls = settings.Text("server.urls") is { Length: > 0 } given ? given : $"http://127.0.0.1:{settings.Number("server.port")}";
        foreach (var url in urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            app.Urls.Add(url);
        }
        app.UseMiddleware<RequestLine>();
        app.UseMiddleware<Problem>();
        app.UseSwaggerUI(ui =>
        {
            ui.RoutePrefix = "docs";
            ui.SwaggerEndpoint("../openapi/v1.json", "Picket");
            ui.DocumentTitle = "Picket API";
        });
        app.UseRouting();
        app.UseCors(policy => policy
            .WithOrigins(settings.List("cors.origins"))
            .WithHeaders("Authorization", "X-API-Key", "X-Tenant", "Idempotency-Key", "Last-Event-ID", "Content-Type")
            .AllowAnyMethod());
        app.UseMiddleware<Gate>();
        app.MapIngest();
        app.MapSearch();
        app.MapEvents();
        app.MapFields();
        app.MapQuery();
        app.MapTail();
        app.MapRules();
        app.MapAlerts();
        app.MapBacktests();
        app.MapExceptions();
        app.MapLists();
        app.MapSilences();
        app.MapHealth();
        app.MapMetrics();
        app.MapDescription();
        // Made now, so that they hear of every instrument from the first request on.
        app.Services.GetRequired<PrometheusText>();
        app.Services.GetRequired<StorageMetrics>();
        app.Services.GetRequired<TailMetrics>();
        app.Services.GetRequired<DetectionMetrics>();
        app.Services.GetRequired<Uptime>();
        app.Services.GetRequired<SearchMetrics>();
        return app;
    }

    private static DetectionOptions DetectionOptionsOf(Settings settings) => new()
    {
        Pack = settings.Switch("detection.pack"),
        Security4688 = settings.Switch("detection.security_4688"),
        Lateness = new Lateness(
            settings.Duration("detection.lateness").Ticks * 100, settings.DurationsByName("detection.lateness_of")!.Select(one => KeyValuePair.Create(one.Key, one.Value.Ticks * 100))),
        SnapshotEvery = settings.Duration("detection.snapshot_every"),
        Pipelines = [.. settings.Text("detection.pipelines").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(PipelineOf)],
    };

    private static Pipeline PipelineOf(string file)
    {
        try
        {
            return Pipeline.Read(file, File.ReadAllText(file));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or FormatException)
        {
            throw new IOException($"The setting detection.pipelines names a file that cannot be used: {error.Message}", error);
        }
    }

    private static IngestOptions IngestOptionsOf(Settings settings) => new()
    {
        InFlightBytes = settings.Bytes("ingest.in_flight"),
        Patience = settings.Duration("ingest.patience"),
        Limits = new ParseLimits
        {
            ValueBytes = (int)settings.Bytes("ingest.value_bytes"),
            Fields = settings.Number("ingest.fields"),
            EventBytes = (int)settings.Bytes("ingest.event_bytes"),
            Nesting = settings.Number("ingest.nesting"),
        },
    };

    private static async Task<Retention> RetentionOfAsync(Settings settings, TenantTable tenants, CancellationToken cancellation)
    {
        var byTenant = new Dictionary<TenantId, int>();
        foreach (var (name, days) in settings.DaysByTenant("storage.retention_of"))
        {
            byTenant[(await tenants.FindOrAddAsync(name, cancellation)).Number] = days;
        }
        Settings.TryDays(settings.Text("storage.retention"), out var ofOthers);
        return new Retention(ofOthers, byTenant);
    }

    private static StorageOptions StorageOptionsOf(Settings settings, Retention retention) => new()
    {
        CacheBytes = settings.Bytes("storage.cache"),
        Retention = retention,
        GenerationBytes = settings.Bytes("storage.generation"),
        IdleFlush = settings.Duration("storage.idle_flush"),
        MinimumFreeBytes = settings.Bytes("storage.minimum_free"),
        Fsync = settings.Text("storage.durability") == "fsync",
        QueryTimeLimit = settings.Duration("query.time_limit"),
    };

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Listening on {Urls} with the data folder {Folder} and {Database}")]
        public static partial void Started(ILogger logger, string urls, string folder, string database);

        [LoggerMessage(3, LogLevel.Warning, "Callers without a key may do {Scopes} on /api/v1, /alerts, /sync and /config from {Networks}")]
        public static partial void Anonymous(ILogger logger, string scopes, string networks);

        [LoggerMessage(2, LogLevel.Information, "These settings have no effect in this version: {Settings}")]
        public static partial void Unused(ILogger logger, string settings);
    }
}
