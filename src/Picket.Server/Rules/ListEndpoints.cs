using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Picket.Detection.Rules;
using Picket.Metastore;
using Picket.Server.Access;
using Picket.Server.Dialects;
using Picket.Server.Hosting;
using Picket.Server.Http;
using Picket.Server.Search;

namespace Picket.Server.Rules;

/// <summary>Lists of values over HTTP, which rules name: texts and networks, each as long as it is said.</summary>
public static partial class ListEndpoints
{
    private const string Example = "{\"values\":[\"10.0.0.5\",\"192.168.0.0/16\",{\"value\":\"203.0.113.9\",\"ttl\":\"7d\"}]}";
    private const int MostLists = 1_000;
    private const int MostValue = 1_024;
    private const int MostListed = 10_000;

    // Of all of a tenant's lists together: each is compared with values of events.
    private const int MostValues = 200_000;

    public static void MapLists(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/lists", GetAllAsync).Needs(Scope.AlertsRead).Describe("Alerts", "The lists, and how many values each has", null, "200: the lists");
        routes.MapGet("/v1/lists/{name}", GetAsync).Needs(Scope.AlertsRead).Describe("Alerts", "The values of a list", null, "200: a page of them, in order", "limit", "cursor");
        routes.MapPost("/v1/lists/{name}", PostAsync).Needs(Scope.AlertsWrite).Describe(
            "Alerts", "Adds values to a list, which is made where there is none; rules name it as %name% with the modifier expand, and queries of rules and exceptions as field:in:name", Example, "200: the list");
        routes.MapDelete("/v1/lists/{name}", DeleteAsync).Needs(Scope.AlertsWrite).Describe("Alerts", "Takes a value out of a list, or away the whole list", null, "204: nothing", "value");
    }

    private static async Task GetAllAsync(HttpContext context)
    {
        var lists = await Table(context).NamesAsync(context.Tenant(), context.RequestAborted);
        await JsonAnswer.WriteAsync(context, 200, json =>
        {
            json.WriteStartArray("lists");
            foreach (var (name, values) in lists)
            {
                json.WriteStartObject();
                json.WriteString("name", name);
                json.WriteNumber("values", values);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteNull("next_cursor");
        });
    }

    private static Task GetAsync(HttpContext context) => WriteAsync(context);

    private static async Task PostAsync(HttpContext context)
    {
        var name = Name(context);
        using var body = await JsonObject.ReadAsync(context, Example, "values", "ttl");
        var ttl = Ttl(context, body.Text("ttl"));
        var values = body.Member("values") is { ValueKind: JsonValueKind.Array } array ? array.EnumerateArray().Select(value => Value(context, value, ttl)).DistinctBy(value => value.Text, StringComparer.Ordinal).ToArray()
            : throw RequestException.BadParameter("values", $"is needed: a list of texts, such as {Example}");
        var names = await Table(context).NamesAsync(context.Tenant(), context.RequestAborted);
        if (names.Count >= MostLists && names.All(list => list.Name != name))
        {
            throw new RequestException(400, ErrorWord.ValidationFailed, $"A tenant has at most {MostLists:N0} lists. Delete some");
        }
        if (!await Table(context).AddAsync(context.Tenant(), name, values, MostValues, context.RequestAborted))
        {
            throw new RequestException(400, ErrorWord.ValidationFailed, $"A tenant's lists have at most {MostValues:N0} values together; none of these was added. Take out some, give some a ttl, or name networks instead of addresses");
        }
        context.RequestServices.GetRequired<DetectionService>().RefinementsChanged();
        await WriteAsync(context);
    }

    private static async Task DeleteAsync(HttpContext context)
    {
        var (name, value) = (Name(context), context.Request.Query["value"].ToString());
        if (value.Length == 0 && await UserAsync(context, name) is { } user)
        {
            throw new RequestException(409, ErrorWord.Conflict, $"{user} names the list {name}, and would mean nothing without it. Change that first");
        }
        if (!await Table(context).DeleteAsync(context.Tenant(), name, value.Length == 0 ? null : value, context.RequestAborted))
        {
            throw new RequestException(404, ErrorWord.NotFound, value.Length == 0 ? $"There is no list {name}" : $"The list {name} has no such value");
        }
        context.RequestServices.GetRequired<DetectionService>().RefinementsChanged();
        context.Response.StatusCode = 204;
    }

    // Which rule or exception needs it; null for none.
    private static async Task<string?> UserAsync(HttpContext context, string name)
    {
        var rules = await RuleEndpoints.AllAsync(context);
        if (rules.FirstOrDefault(rule => rule.Document?.Lists.Contains(name) ?? false) is { } rule)
        {
            return $"The rule {rule.Id}";
        }
        var exceptions = await context.RequestServices.GetRequired<ExceptionTable>().AllAsync(context.Now(), context.RequestAborted);
        return exceptions.FirstOrDefault(one => one.Tenant == context.Tenant() && Exceptions.ListsOf(one.Filter).Contains(name)) is { } exception ? $"The exception {exception.Id} of the rule {exception.Rule}" : null;
    }

    private static async Task WriteAsync(HttpContext context)
    {
        var (name, limit) = (Name(context), Parameters.Number(context, "limit", context.Request.Query["limit"], 1_000, 1, MostListed));
        var values = await Table(context).ValuesAsync(context.Tenant(), name, context.Request.Query["cursor"].ToString(), limit + 1, context.RequestAborted)
            ?? throw new RequestException(404, ErrorWord.NotFound, $"There is no list {name}");
        await JsonAnswer.WriteAsync(context, 200, json =>
        {
            json.WriteString("name", name);
            json.WriteStartArray("values");
            foreach (var value in values.Take(limit))
            {
                json.WriteStartObject();
                json.WriteString("value", value.Text);
                EventJson.WriteTime(json, "expires_at", value.ExpiresAt);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteString("next_cursor", values.Count > limit ? values[limit - 1].Text : null);
        });
    }

    private static ListTable Table(HttpContext context) => context.RequestServices.GetRequired<ListTable>();

    private static string Name(HttpContext context) => (string)context.Request.RouteValues["name"]! is var name && NamePattern().IsMatch(name)
        ? name
        : throw RequestException.BadParameter("name", "has letters, digits, -, . and _, at most 100 of them");

    private static ListValue Value(HttpContext context, JsonElement value, long? ttl)
    {
        var (text, mine) = value.ValueKind switch
        {
            JsonValueKind.String => (value.GetString()!, null),
            JsonValueKind.Number => (value.GetRawText(), null),
            JsonValueKind.Object when value.TryGetProperty("value", out var inner) && inner.ValueKind == JsonValueKind.String =>
                (inner.GetString()!, value.TryGetProperty("ttl", out var own) ? own.ValueKind == JsonValueKind.String ? own.GetString() : throw BadTtl() : null),
            _ => throw RequestException.BadParameter("values", "has texts, or objects such as {\"value\":\"203.0.113.9\",\"ttl\":\"7d\"}"),
        };
        return text.Length is 0 or > MostValue ? throw RequestException.BadParameter("values", $"has texts of 1 to {MostValue:N0} characters") : new ListValue(text, mine is null ? ttl : Ttl(context, mine));
    }

    // Until when, ns since 1970.
    private static long? Ttl(HttpContext context, string? text) => text is null ? null
        : Settings.TryDuration(text, out var ttl) && ttl > TimeSpan.Zero && ttl <= TimeSpan.FromDays(3_660) ? context.Now() + (ttl.Ticks * 100) : throw BadTtl();

    private static RequestException BadTtl() => RequestException.BadParameter("ttl", "must be a duration such as 30m, 12h or 7d, at most 3,660d");

    [GeneratedRegex("^[A-Za-z0-9_.-]{1,100}$", RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();
}
