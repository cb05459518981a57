using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Picket.Query;
using Picket.Query.Language;
using Picket.Query.Store;
using Picket.Server.Access;
using Picket.Server.Http;

namespace Picket.Server.Search;

/// <summary>What is said beside an answer that found nothing.</summary>
internal static class Hints
{
    /// <param name="named">The fields that the question names.</param>
    public static async ValueTask<IReadOnlyList<string>> HintsAsync(this HttpContext context, IReadOnlyList<NamedField> named, TimeRange time)
    {
        try
        {
            var fields = await context.RequestServices.GetRequired<IEventStore>().FieldsAsync(new FieldsRequest(context.Tenant(), time, Filter.Everything), context.RequestAborted);
            return UnknownFields.Of(named, [.. fields.Select(field => field.Field.Name)]);
        }
        catch (QueryException)
        {
            // The answer itself stands: that there is nothing.
            return [];
        }
    }

    public static void Write(Utf8JsonWriter json, IReadOnlyList<string> hints)
    {
        if (hints.Count > 0)
        {
            json.WriteStartArray("hints");
            foreach (var hint in hints)
            {
                json.WriteStringValue(hint);
            }
            json.WriteEndArray();
        }
    }
}
