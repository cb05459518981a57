using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Picket.Server.Tests;

/// <summary>A client of a tail: reads its events one by one.</summary>
internal sealed class TailClient : IDisposable
{
    private readonly HttpResponseMessage answer;
    private readonly StreamReader lines;

    private TailClient(HttpResponseMessage answer, Stream body) => (this.answer, lines) = (answer, new StreamReader(body));

    /// <summary>The id of the last event read.</summary>
    public string? Last { get; private set; }

    /// <summary>Events that the server said it left out.</summary>
    public long Missed { get; private set; }

    /// <summary>Returns when the server listens for it.</summary>
    public static async Task<TailClient> OpenAsync(HttpClient http, string key, string body, string? last = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/logs/tail") { Content = new StringContent(body, Encoding.UTF8) };
        request.Headers.Add("X-API-Key", key);
        if (last is not null)
        {
            request.Headers.Add("Last-Event-ID", last);
        }
        var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.True(answer.IsSuccessStatusCode, answer.ReasonPhrase);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.MediaType);
        return new TailClient(answer, await answer.Content.ReadAsStreamAsync()) { Last = last };
    }

    /// <summary>The position that its first comment names.</summary>
    public async Task<string> BeginsAfterAsync() => (await lines.ReadLineAsync())!.Replace(": after ", "", StringComparison.Ordinal);

    /// <summary>The next message: an event, or none for the news that some were missed.</summary>
    public async Task<JsonElement?> NextAsync()
    {
        var (isMissed, id) = (false, "");
        while (await lines.ReadLineAsync() is { } line)
        {
            if (line.StartsWith("id: ", StringComparison.Ordinal))
            {
                id = line[4..];
            }
            else if (line == "event: missed")
            {
                isMissed = true;
            }
            else if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                using var data = JsonDocument.Parse(line[6..]);
                if (isMissed)
                {
                    Missed += data.RootElement.GetProperty("missed").GetInt64();
                    return null;
                }
                Last = id;
                return data.RootElement.Clone();
            }
        }
        throw new EndOfStreamException("The server has ended the tail.");
    }

    /// <summary>The member <c>number</c> of the next event's own fields.</summary>
    public async Task<int> NextNumberAsync() => NumberOf((await NextAsync())!.Value);

    public static int NumberOf(JsonElement found) => int.Parse(found.GetProperty("fields").GetProperty("number").ToString(), CultureInfo.InvariantCulture);

    public void Dispose()
    {
        lines.Dispose();
        answer.Dispose();
    }
}
