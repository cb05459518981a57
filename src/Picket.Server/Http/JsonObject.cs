using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Picket.Events;

namespace Picket.Server.Http;

/// <summary>The body of a request that is one JSON object: its members by their names, each with one way to be wrong. Disposed when it has been read.</summary>
internal sealed class JsonObject : IDisposable
{
    private readonly JsonDocument document;

    private JsonObject(JsonDocument document) => this.document = document;

    public JsonElement Root => document.RootElement;

    /// <summary>The body of a request. One that is empty is an object without members.</summary>
    /// <param name="example">Of one, for messages.</param>
    /// <param name="members">Those there are; none where others are passed over.</param>
    /// <exception cref="RequestException">It is none, or has another member.</exception>
    public static async Task<JsonObject> ReadAsync(HttpContext context, string example, params string[] members)
    {
        using var body = await RequestBody.ReadAllAsync(context.Request, context.RequestAborted);
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(body.Written.Trim(" \t\r\n"u8).IsEmpty ? "{}"u8.ToArray() : body.Written.ToArray());
        }
        catch (JsonException error)
        {
            throw new RequestException(400, ErrorWord.InvalidRequest, $"The body must be a JSON object, such as {example}: {error.Message}");
        }
        var read = new JsonObject(document);
        try
        {
            if (read.Root.ValueKind != JsonValueKind.Object)
            {
                throw new RequestException(400, ErrorWord.InvalidRequest, $"The body must be a JSON object, such as {example}");
            }
            var unknown = read.Root.EnumerateObject().Select(member => member.Name).FirstOrDefault(name => members.Length > 0 && !members.Contains(name));
            return unknown is null ? read : throw RequestException.BadParameter(unknown.Length <= 100 ? unknown : unknown[..100] + "…", $"is not known here; there are {string.Join(", ", members)}");
        }
        catch
        {
            read.Dispose();
            throw;
        }
    }

    /// <summary>Null where it is absent, or null.</summary>
    public JsonElement? Member(string name) => Root.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>A text; null where it is absent.</summary>
    /// <param name="most">Characters it may have.</param>
    public string? Text(string name, int most = int.MaxValue) => Member(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } text when text.GetString()!.Length <= most => text.GetString(),
        { ValueKind: JsonValueKind.String } => throw RequestException.BadParameter(name, $"may have {most:N0} characters"),
        _ => throw RequestException.BadParameter(name, "must be a text"),
    };

    public bool Flag(string name) => Member(name) is { } flag && flag.ValueKind switch { JsonValueKind.True => true, JsonValueKind.False => false, _ => throw RequestException.BadParameter(name, "must be true or false") };

    /// <summary>A time, ns since 1970; null where it is absent.</summary>
    public long? Time(string name) => Text(name) is { } text ? Parameters.Time(name, text) : null;

    /// <summary>A time that is yet to come, ns since 1970; null where it is absent.</summary>
    public long? TimeAhead(string name, long now) => Time(name) is not { } time ? null : time > now ? time : throw RequestException.BadParameter(name, $"must be a time that is yet to come; it is {Instant.Format(now)} now");

    public void Dispose() => document.Dispose();
}
