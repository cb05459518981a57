using System.Text.Json;
using Picket.Query;
using Picket.Query.Language;
using Picket.Query.Operators;
using Picket.Server.Http;

namespace Picket.Server.Search;

/// <summary>The members that the bodies of questions share: which events, of what time.</summary>
internal readonly record struct SearchBody(JsonElement Root)
{
    /// <exception cref="RequestException">It is no JSON object.</exception>
    public static SearchBody Parse(ReadOnlySpan<byte> body)
    {
        JsonElement root;
        try
        {
            var reader = new Utf8JsonReader(body);
            root = JsonElement.ParseValue(ref reader);
        }
        catch (JsonException error)
        {
            throw new RequestException(400, ErrorWord.InvalidRequest, $"The body is not JSON, at byte {error.BytePositionInLine} of line {(error.LineNumber ?? 0) + 1}; send an object such as {{\"query\":\"timeout\"}}");
        }
        return root.ValueKind == JsonValueKind.Object
            ? new SearchBody(root)
            : throw new RequestException(400, ErrorWord.InvalidRequest, "The body must be a JSON object");
    }

    /// <summary>Which events of what time: the query, and the members beside it; and the fields that the query names.</summary>
    /// <param name="now">What the query's relative times count from; ns since 1970.</param>
    public (Filter Filter, TimeRange Time, IReadOnlyList<NamedField> Named) Question(long now)
    {
        var query = QueryParser.ParseFilter(Text("query") ?? "", now);
        var parts = new List<Filter> { query.Filter };
        foreach (var name in (ReadOnlySpan<string>)["level", "service", "host", "trace_id"])
        {
            if (Text(name) is { Length: > 0 } value)
            {
                parts.Add(Terms.Equal(name, value));
            }
        }
        return (Query.Filter.AllOf(parts.Where(part => part != Query.Filter.Everything)), query.Time.And(Parameters.Range(Text("from"), Text("to"))), query.Named);
    }

    /// <summary>Whether the answer is to say what it took.</summary>
    public bool Explain => Text("explain") is "true";

    /// <summary>A member as text; null when it is absent or null.</summary>
    public string? Text(string name) =>
        !Root.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null ? null : value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
            _ => throw RequestException.BadParameter(name, "must be a text or a number"),
        };
}
