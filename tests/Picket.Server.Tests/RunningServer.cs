using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Picket.Events;
using Picket.Metastore;
using Picket.Server.Access;
using Picket.Server.Hosting;

[assembly: AssemblyFixture(typeof(Picket.Server.Tests.RunningServer))]

namespace Picket.Server.Tests;

/// <summary>One server for the tests of routes, on a free port, in a temporary folder.</summary>
public sealed class RunningServer : IAsyncLifetime
{
    public const string Admin = "admin-key-of-tests";

    private readonly string folder = Directory.CreateTempSubdirectory("picket-test-").FullName;
    private PicketServer? server;

    public HttpClient Http { get; private set; } = new();

    public ApiKeyTable Keys { get; private set; } = null!;

    public TenantTable Tenants { get; private set; } = null!;

    public static Task<PicketServer> StartAsync(string folder, params (string Key, string Value)[] more) => StartAsync(folder, TimeProvider.System, more);

    public static Task<PicketServer> StartAsync(string folder, TimeProvider time, params (string Key, string Value)[] more)
    {
        var flags = new Dictionary<string, string> { ["data"] = folder, ["server.port"] = "0", ["storage.minimum_free"] = "0" };
        foreach (var (key, value) in more)
        {
            flags[key] = value;
        }
        return PicketServer.StartAsync(Settings.Load(folder, new Dictionary<string, string>(), flags), time, logging => logging.SetMinimumLevel(LogLevel.None), default);
    }

    public async ValueTask InitializeAsync()
    {
        server = await StartAsync(folder, ("bootstrap_key", Admin));
        Http = new HttpClient { BaseAddress = new Uri(server.Urls.First()) };
        var database = new SqliteDatabase(Path.Combine(folder, "metastore.db"));
        Keys = new ApiKeyTable(database, TimeProvider.System);
        Tenants = new TenantTable(database);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await server!.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>A key of a tenant of its own, so that tests do not see each other's events.</summary>
    public async Task<string> NewTenantAsync(params string[] scopes) =>
        await NewKeyAsync((await Tenants.FindOrAddAsync("t" + Guid.NewGuid().ToString("N"), default)).Number, scopes);

    public async Task<string> NewKeyAsync(TenantId tenant, params string[] scopes) =>
        (await Keys.AddAsync(tenant, "test", scopes.Length == 0 ? Scope.Default : scopes, 0, null, null, default)).Text;

    public async Task<Answer> SendAsync(string method, string path, string? key, HttpContent? body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = body };
        if (key is not null)
        {
            request.Headers.Add("X-API-Key", key);
        }
        foreach (var (name, value) in headers)
        {
            if (!request.Headers.TryAddWithoutValidation(name, value))
            {
                body!.Headers.TryAddWithoutValidation(name, value);
            }
        }
        using var response = await Http.SendAsync(request);
        return new Answer(response.StatusCode, await response.Content.ReadAsByteArrayAsync(),
            response.Headers.Concat(response.Content.Headers).ToDictionary(header => header.Key, header => string.Join(',', header.Value), StringComparer.OrdinalIgnoreCase));
    }

    public Task<Answer> PostAsync(string path, string? key, string body, params (string Name, string Value)[] headers) =>
        SendAsync("POST", path, key, new ByteArrayContent(Encoding.UTF8.GetBytes(body)), headers);

    public Task<Answer> GetAsync(string path, string? key) => SendAsync("GET", path, key, null);

    /// <summary>All the tenant's events, oldest first.</summary>
    public async Task<JsonElement[]> AllAsync(string key) =>
        [.. (await PostAsync("/v1/logs/search", key, """{"size":1000,"sort":"asc"}""")).Json.GetProperty("hits").EnumerateArray()];
}

/// <summary>What a server answered.</summary>
public sealed record Answer(HttpStatusCode Status, byte[] Body, IReadOnlyDictionary<string, string> Headers)
{
    public int Code => (int)Status;

    public string Text => Encoding.UTF8.GetString(Body);

    public JsonElement Json
    {
        get
        {
            var reader = new Utf8JsonReader(Body);
            return JsonElement.ParseValue(ref reader);
        }
    }

    /// <summary>The members of an error answer hold together.</summary>
    public Answer IsError(int status, string word)
    {
        Assert.Equal((status, word), (Code, Json.GetProperty("error").GetString()));
        Assert.Equal("application/problem+json", Headers["Content-Type"]);
        Assert.Equal(status, Json.GetProperty("status").GetInt32());
        Assert.Equal(status, Json.GetProperty("code").GetInt32());
        Assert.Equal(Json.GetProperty("detail").GetString(), Json.GetProperty("message").GetString());
        Assert.DoesNotContain("   at ", Text, StringComparison.Ordinal);
        return this;
    }
}
