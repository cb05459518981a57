using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Picket.Terminal;

namespace Picket.Client;

/// <summary>The HTTP API as commands use it.</summary>
public sealed class PicketClient : IDisposable
{
    private readonly HttpClient http;

    public PicketClient(string url, string? key, int connections = 16)
    {
        Url = url.TrimEnd('/');
        http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = connections, PooledConnectionLifetime = TimeSpan.FromMinutes(10) })
        {
            BaseAddress = new Uri(Url),
            Timeout = Timeout.InfiniteTimeSpan,
        };
        if (!string.IsNullOrEmpty(key))
        {
            http.DefaultRequestHeaders.Add("X-API-Key", key);
        }
    }

    public string Url { get; }

    public async Task<JsonElement> PostAsync(string path, HttpContent body, string? idempotencyKey, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = body };
        if (idempotencyKey is not null)
        {
            request.Headers.Add("Idempotency-Key", idempotencyKey);
        }
        using var answer = await SendAsync(request, cancellation);
        return await ReadAsync(answer, cancellation);
    }

    /// <summary>The same, where one status of refusal has an answer to read.</summary>
    public async Task<(HttpStatusCode Status, JsonElement Answer)> PostForAnyAsync(string path, HttpContent body, HttpStatusCode refusal, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = body };
        using var answer = await SendAsync(request, cancellation);
        return (answer.StatusCode, answer.StatusCode == refusal ? Parse(await answer.Content.ReadAsByteArrayAsync(cancellation)) : await ReadAsync(answer, cancellation));
    }

    public Task<JsonElement> PostJsonAsync(string path, byte[] json, CancellationToken cancellation)
    {
        var body = new ByteArrayContent(json);
        body.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return PostAsync(path, body, null, cancellation);
    }

    /// <summary>An answer read as it comes.</summary>
    public async Task<Stream> PostForStreamAsync(string path, byte[] json, string accept, CancellationToken cancellation, string? lastEventId = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(json) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } } };
        if (lastEventId is not null)
        {
            request.Headers.Add("Last-Event-ID", lastEventId);
        }
        return await StreamAsync(request, accept, cancellation);
    }

    /// <summary>An answer read as it comes.</summary>
    public async Task<Stream> GetForStreamAsync(string path, string accept, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        return await StreamAsync(request, accept, cancellation);
    }

    private async Task<Stream> StreamAsync(HttpRequestMessage request, string accept, CancellationToken cancellation)
    {
        request.Headers.Accept.Add(MediaTypeWithQualityHeaderValue.Parse(accept));
        var answer = await SendAsync(request, cancellation, HttpCompletionOption.ResponseHeadersRead);
        if (!answer.IsSuccessStatusCode)
        {
            using (answer)
            {
                await ReadAsync(answer, cancellation);
            }
        }
        return await answer.Content.ReadAsStreamAsync(cancellation);
    }

    public async Task<JsonElement> GetAsync(string path, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        using var answer = await SendAsync(request, cancellation);
        return await ReadAsync(answer, cancellation);
    }

    public async Task DeleteAsync(string path, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, path);
        using var answer = await SendAsync(request, cancellation);
        if (!answer.IsSuccessStatusCode)
        {
            await ReadAsync(answer, cancellation);
        }
    }

    public async Task<HttpStatusCode> GetStatusAsync(string path, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        using var answer = await SendAsync(request, cancellation);
        return answer.StatusCode;
    }

    /// <summary>A JSON object of texts.</summary>
    public static byte[] Body(params ReadOnlySpan<(string Name, string Value)> members)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            foreach (var (name, value) in members)
            {
                json.WriteString(name, value);
            }
            json.WriteEndObject();
        }
        return stream.ToArray();
    }

    public void Dispose() => http.Dispose();

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellation, HttpCompletionOption until = HttpCompletionOption.ResponseContentRead)
    {
        try
        {
            return await http.SendAsync(request, until, cancellation);
        }
        catch (HttpRequestException error)
        {
            throw new CommandException(ExitCode.Failed, $"No answer from {Url}: {error.Message} Is the server running? Name another with --url.");
        }
    }

    private static async Task<JsonElement> ReadAsync(HttpResponseMessage answer, CancellationToken cancellation)
    {
        var bytes = await answer.Content.ReadAsByteArrayAsync(cancellation);
        if (answer.IsSuccessStatusCode)
        {
            return Parse(bytes);
        }
        var message = bytes.Length > 0 && bytes[0] == (byte)'{' && Parse(bytes).TryGetProperty("message", out var said) ? said.GetString() : null;
        var advice = answer.StatusCode == HttpStatusCode.Unauthorized ? " Pass a key with --key or in PICKET_KEY." : "";
        throw new CommandException(ExitCode.Failed, $"The server answered {(int)answer.StatusCode}: {message ?? answer.ReasonPhrase}.{advice}".Replace("..", ".", StringComparison.Ordinal));
    }

    private static JsonElement Parse(byte[] bytes)
    {
        var reader = new Utf8JsonReader(bytes);
        return JsonElement.ParseValue(ref reader);
    }
}
