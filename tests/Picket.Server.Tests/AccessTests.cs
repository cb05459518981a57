using System.Net;
using System.Net.Sockets;
using System.Text;
using Picket.Server.Access;

namespace Picket.Server.Tests;

public sealed class AccessTests(RunningServer server)
{
    [Fact]
    public async Task A_key_stops_when_it_expires_or_is_revoked()
    {
        var tenant = (await server.Tenants.FindOrAddAsync("access", default)).Number;
        var (_, expired) = await server.Keys.AddAsync(tenant, "old", Scope.Default, 0, DateTimeOffset.UtcNow.AddSeconds(-1), null, default);
        (await server.PostAsync("/v1/logs/search", expired, "")).IsError(401, "unauthorized");
        var (key, text) = await server.Keys.AddAsync(tenant, "new", Scope.Default, 0, null, null, default);
        Assert.Equal(200, (await server.PostAsync("/v1/logs/search", text, "")).Code);
        Assert.True(await server.Keys.RevokeAsync(tenant, key.Id, default));
        (await server.PostAsync("/v1/logs/search", text, "")).IsError(401, "unauthorized");
    }

    [Fact]
    public async Task A_key_may_come_as_a_bearer()
    {
        var key = await server.NewTenantAsync();
        Assert.Equal(200, (await server.SendAsync("POST", "/v1/logs/search", null, null, ("Authorization", $"Bearer {key}"))).Code);
    }

    [Fact]
    public async Task A_key_past_its_rate_is_429_and_says_when()
    {
        var tenant = (await server.Tenants.FindOrAddAsync("rate", default)).Number;
        var (_, text) = await server.Keys.AddAsync(tenant, "slow", Scope.Default, 2, null, null, default);
        Assert.Equal("1", (await server.PostAsync("/v1/logs/search", text, "")).Headers["X-RateLimit-Remaining"]);
        Assert.Equal(200, (await server.PostAsync("/v1/logs/search", text, "")).Code);
        var answer = await server.PostAsync("/v1/logs/search", text, "");
        answer.IsError(429, "rate_limited");
        Assert.Equal(("2", "0"), (answer.Headers["X-RateLimit-Limit"], answer.Headers["X-RateLimit-Remaining"]));
        Assert.InRange(int.Parse(answer.Headers["Retry-After"], System.Globalization.CultureInfo.InvariantCulture), 1, 60);
    }

    [Theory]
    [InlineData("/healthz", 200)]
    [InlineData("/v1/readyz", 200)]
    [InlineData("/ready", 200)]
    [InlineData("/health", 200)]
    [InlineData("/metrics", 200)]
    [InlineData("/openapi/v1.json", 200)]
    [InlineData("/openapi.json", 200)]
    [InlineData("/docs/index.html", 200)]
    [InlineData("/api/v1/metrics", 401)]
    public async Task Routes_without_a_key(string path, int status) => Assert.Equal(status, (await server.GetAsync(path, null)).Code);

    [Fact]
    public async Task Health_has_every_member()
    {
        var health = (await server.GetAsync("/health", null)).Json;
        Assert.Equal(
            ["status", "database", "postgres", "redis", "last_sync_time", "last_event_time", "last_error", "ingestion"],
            health.EnumerateObject().Select(member => member.Name));
        Assert.Equal("healthy", health.GetProperty("status").GetString());
    }

    [Fact]
    public async Task Metrics_have_the_older_names_and_Prometheus_its_own()
    {
        var key = await server.NewTenantAsync();
        await server.PostAsync("/v1/ingest/jsonl", key, "{\"a\":1}\nbad\n");
        await server.PostAsync("/v1/logs/search", key, "");
        var metrics = (await server.GetAsync("/api/v1/metrics", key)).Json;
        Assert.Equal(
            ["ingestion_rate", "total_logs_ingested", "total_queries", "avg_ingestion_latency_ms", "p95_ingestion_latency_ms", "p99_ingestion_latency_ms", "avg_query_latency_ms", "p95_query_latency_ms", "cache_hit_ratio", "cache_hits", "cache_misses", "uptime_seconds"],
            metrics.EnumerateObject().Select(member => member.Name));
        Assert.True(metrics.GetProperty("total_logs_ingested").GetInt64() >= 1);
        var text = (await server.GetAsync("/metrics", null)).Text;
        Assert.Contains("# TYPE picket_ingest_events_total counter", text, StringComparison.Ordinal);
        Assert.Contains("picket_ingest_duration_seconds_bucket{le=\"+Inf\"}", text, StringComparison.Ordinal);
        Assert.Contains("picket_storage_memory_bytes ", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unknown_routes_and_methods_are_errors_of_the_same_form()
    {
        (await server.GetAsync("/nothing/here", null)).IsError(404, "not_found");
        (await server.GetAsync("/v1/events", RunningServer.Admin)).IsError(405, "method_not_allowed");
    }

    [Fact]
    public async Task A_request_id_is_honoured_or_made()
    {
        Assert.Equal("abc-1", (await server.SendAsync("GET", "/healthz", null, null, ("X-Request-Id", "abc-1"))).Headers["X-Request-Id"]);
        Assert.NotEmpty((await server.GetAsync("/healthz", null)).Headers["X-Request-Id"]);
    }

    [Fact]
    public async Task Every_route_is_described_and_its_description_names_its_scope()
    {
        var paths = (await server.GetAsync("/openapi/v1.json", null)).Json.GetProperty("paths");
        Assert.Equal("Needs the scope `ingest:logs`.", paths.GetProperty("/v1/events").GetProperty("post").GetProperty("description").GetString());
        Assert.True(paths.EnumerateObject().Count() >= 14);
    }

    [Fact]
    public async Task A_lying_content_length_and_a_client_that_hangs_up_store_nothing_and_harm_nobody()
    {
        var key = await server.NewTenantAsync();
        for (var i = 0; i < 5; i++)
        {
            using var socket = new TcpClient();
            await socket.ConnectAsync(IPAddress.Loopback, server.Http.BaseAddress!.Port);
            var head = $"POST /v1/events HTTP/1.1\r\nHost: x\r\nX-API-Key: {key}\r\nContent-Length: 5000\r\n\r\n{{\"events\":[{{\"a\":1}}]}}";
            await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head));
            socket.LingerState = new LingerOption(true, 0);
        }
        using (var socket = new TcpClient())
        {
            await socket.ConnectAsync(IPAddress.Loopback, server.Http.BaseAddress!.Port);
            var head = $"POST /v1/events HTTP/1.1\r\nHost: x\r\nX-API-Key: {key}\r\nContent-Length: 3\r\n\r\n{{\"events\":[{{\"a\":1}}]}}";
            await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head));
            using var reader = new StreamReader(socket.GetStream());
            Assert.Contains("400", await reader.ReadLineAsync(), StringComparison.Ordinal);
        }
        Assert.Empty(await server.AllAsync(key));
    }

    [Fact]
    public async Task The_first_key_is_drawn_once()
    {
        var folder = Directory.CreateTempSubdirectory("picket-test-").FullName;
        string first;
        await using (var started = await RunningServer.StartAsync(folder))
        {
            first = started.FirstKey!;
            Assert.StartsWith("pk_", first, StringComparison.Ordinal);
        }
        await using (var again = await RunningServer.StartAsync(folder))
        {
            Assert.Null(again.FirstKey);
            using var http = new HttpClient { BaseAddress = new Uri(again.Urls.First()) };
            http.DefaultRequestHeaders.Add("X-API-Key", first);
            Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/api/v1/metrics")).StatusCode);
            var error = await Assert.ThrowsAsync<IOException>(() => RunningServer.StartAsync(folder));
            Assert.Contains("in use by process", error.Message, StringComparison.Ordinal);
        }
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task What_was_acknowledged_is_there_after_a_graceful_stop()
    {
        var folder = Directory.CreateTempSubdirectory("picket-test-").FullName;
        await using (var started = await RunningServer.StartAsync(folder, ("bootstrap_key", "short")))
        {
            using var http = new HttpClient { BaseAddress = new Uri(started.Urls.First()) };
            http.DefaultRequestHeaders.Add("X-API-Key", "short");
            Assert.Equal(HttpStatusCode.OK, (await http.PostAsync("/v1/ingest/jsonl", new StringContent("{\"a\":1}\n"))).StatusCode);
        }
        await using (var again = await RunningServer.StartAsync(folder))
        {
            Assert.Equal(1ul, again.Store.Durable.Seq);
            Assert.Equal(1, again.Store.Statistics.Segments);
        }
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Callers_without_a_key_are_let_in_only_where_the_settings_say()
    {
        const string log = """{"severity":"LOW","source":"s","message":"m"}""";
        (await server.PostAsync("/api/v1/logs/ingest", null, log)).IsError(401, "unauthorized");
        var folder = Directory.CreateTempSubdirectory("picket-test-").FullName;
        await using (var open = await RunningServer.StartAsync(folder, ("anonymous.scopes", Scope.IngestLogs), ("anonymous.tenant", "guests"), ("bootstrap_key", "k")))
        {
            using var http = new HttpClient { BaseAddress = new Uri(open.Urls.First()) };
            Assert.Equal(HttpStatusCode.Created, (await http.PostAsync("/api/v1/logs/ingest", new StringContent(log))).StatusCode);
            Assert.Equal(HttpStatusCode.Forbidden, (await http.GetAsync("/api/v1/logs/query")).StatusCode);
            Assert.Equal(HttpStatusCode.Unauthorized, (await http.PostAsync("/v1/events", new StringContent("{}"))).StatusCode);
            Assert.Contains("\"anonymous\":\"ingest:logs\"", await http.GetStringAsync("/health"), StringComparison.Ordinal);
            http.DefaultRequestHeaders.Add("X-API-Key", "k");
            Assert.Contains("\"total\":0", await (await http.PostAsync("/v1/logs/search", null)).Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
        await using (var elsewhere = await RunningServer.StartAsync(folder, ("anonymous.scopes", Scope.IngestLogs), ("anonymous.from", "10.0.0.0/8")))
        {
            using var http = new HttpClient { BaseAddress = new Uri(elsewhere.Urls.First()) };
            Assert.Equal(HttpStatusCode.Unauthorized, (await http.PostAsync("/api/v1/logs/ingest", new StringContent(log))).StatusCode);
        }
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Only_configured_origins_pass_and_their_preflight_needs_no_key()
    {
        var folder = Directory.CreateTempSubdirectory("picket-test-").FullName;
        await using (var started = await RunningServer.StartAsync(folder, ("cors.origins", "https://app.example"), ("server.root_path", "/siem")))
        {
            using var http = new HttpClient { BaseAddress = new Uri(started.Urls.First()) };
            foreach (var (origin, allowed) in new[] { ("https://app.example", true), ("https://evil.example", false) })
            {
                using var preflight = new HttpRequestMessage(HttpMethod.Options, "/v1/logs/search");
                preflight.Headers.Add("Origin", origin);
                preflight.Headers.Add("Access-Control-Request-Method", "POST");
                preflight.Headers.Add("Access-Control-Request-Headers", "X-API-Key");
                using var answer = await http.SendAsync(preflight);
                Assert.Equal(allowed, answer.Headers.Contains("Access-Control-Allow-Origin"));
            }
            Assert.Contains("\"url\":\"/siem\"", await http.GetStringAsync("/openapi.json"), StringComparison.Ordinal);
        }
        Directory.Delete(folder, recursive: true);
    }
}
