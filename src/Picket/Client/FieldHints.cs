using System.Globalization;
using System.Text.Json;
using Picket.Events;
using Picket.Query;
using Picket.Query.Language;
using Picket.Query.Store;

namespace Picket.Client;

/// <summary>Says on standard error why nothing may have been found: fields that no event has.</summary>
internal static class FieldHints
{
    public static async Task WriteAsync(IEventStore store, ParsedQuery query, CancellationToken cancellation)
    {
        var fields = await store.FieldsAsync(new FieldsRequest(TenantId.Default, query.Time, Filter.Everything), cancellation);
        Write(UnknownFields.Of(query.Named, [.. fields.Select(field => field.Field.Name)]));
    }

    public static async Task WriteAsync(PicketClient client, ParsedQuery query, CancellationToken cancellation)
    {
        if (query.Time.From >= query.Time.To)
        {
            Write(UnknownFields.Of([], []));
            return;
        }
        var answer = await client.GetAsync(string.Create(CultureInfo.InvariantCulture, $"/v1/fields?from={Instant.Format(query.Time.From)}&to={Instant.Format(query.Time.To)}"), cancellation);
        Write(UnknownFields.Of(query.Named, [.. answer.GetProperty("fields").EnumerateArray().Select(field => field.GetProperty("name").GetString()!)]));
    }

    /// <summary>Those of an answer that has some.</summary>
    public static void Write(JsonElement answer)
    {
        if (answer.TryGetProperty("hints", out var hints))
        {
            Write(hints.EnumerateArray().Select(hint => hint.GetString()!));
        }
    }

    private static void Write(IEnumerable<string> hints)
    {
        foreach (var hint in hints)
        {
            Console.Error.WriteLine(hint);
        }
    }
}
