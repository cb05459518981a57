using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Picket.Detection.Rules;
using Picket.Metastore;
using Picket.Server.Access;
using Picket.Server.Alerts;
using Picket.Server.Http;

namespace Picket.Server.Rules;

/// <summary>Rules over HTTP: what there is, one, its matches; made, changed, deleted, and taken in from files.</summary>
public static class RuleEndpoints
{
    private const string Example = "{\"name\":\"Root logged in\",\"query\":\"app:sshd \\\"Accepted password for root\\\"\",\"severity\":\"high\"}";
    private const int MostListed = 10_000;

    public static void MapRules(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/alerts/rules", GetRules).Needs(Scope.AlertsRead).Describe("Alerts", "The rules, those of the built-in pack too", null, "200: a list; X-Next-Cursor where there are more", "limit", "cursor");
        routes.MapPost("/v1/alerts/rules", PostRule).Needs(Scope.AlertsWrite).Describe("Alerts", "Makes a rule: JSON or YAML, in Picket's own way or in Sigma", Example, "201: the rule");
        routes.MapPost("/v1/alerts/rules/import", RuleImport.PostAsync).Needs(Scope.AlertsWrite).Describe(
            "Alerts", "Takes in files of rules: YAML, or a zip or tar.gz of them", null, "200: what was taken, refused and changed", "dry_run", "sync");
        routes.MapGet("/v1/alerts/rules/{id}", GetRule).Needs(Scope.AlertsRead).Describe("Alerts", "One rule, with its text and what it takes", null, "200: the rule");
        routes.MapPut("/v1/alerts/rules/{id}", PutRule).Needs(Scope.AlertsWrite).Describe("Alerts", "Changes a rule; what is absent stays", "{\"is_active\":false}", "200: the rule");
        routes.MapDelete("/v1/alerts/rules/{id}", DeleteRule).Needs(Scope.AlertsWrite).Describe("Alerts", "Deletes a rule", null, "204: nothing");
        routes.MapGet("/v1/alerts/rules/{id}/matches", RuleMatches.GetAsync).Needs(Scope.AlertsRead).Describe("Alerts", "The events that a rule matched, the newest first", null, "200: the newest thousand, and how many there were", "limit", "cursor");
    }

    private static async Task GetRules(HttpContext context)
    {
        var limit = Parameters.Number(context, "limit", context.Request.Query["limit"], 1_000, 1, MostListed);
        var after = context.Request.Query["cursor"].ToString();
        var all = await AllAsync(context);
        var counts = await context.RequestServices.GetRequired<MatchTable>().CountsAsync(context.Tenant(), context.RequestAborted);
        var held = await context.RequestServices.GetRequired<AlertTable>().HeldAsync(context.Tenant(), context.RequestAborted);
        var views = all.Where(view => string.CompareOrdinal(view.Id, after) > 0 || after.Length == 0).Take(limit + 1).ToArray();
        if (views.Length > limit)
        {
            context.Response.Headers["X-Next-Cursor"] = views[limit - 1].Id;
        }
        context.Response.ContentType = "application/json";
        using var json = new Utf8JsonWriter(context.Response.BodyWriter, JsonAnswer.Options);
        json.WriteStartArray();
        foreach (var view in views.Take(limit))
        {
            json.WriteStartObject();
            view.Write(json, TenantName(context), counts.GetValueOrDefault(view.Id), held.GetValueOrDefault(view.Id), WhySetAside(context, view.Id), AlertEndpoints.Now(context));
            json.WriteEndObject();
        }
        json.WriteEndArray();
        await json.FlushAsync(context.RequestAborted);
    }

    private static async Task GetRule(HttpContext context) => await RuleDetails.WriteAsync(context, 200, await FindAsync(context));

    private static async Task PostRule(HttpContext context)
    {
        var text = await ReadTextAsync(context);
        var document = Parse(context, "rule", text);
        var id = RuleText.Members(text).Contains("id") ? document.Id : Slug(document.Title);
        await CheckAsync(context, document);
        await context.RequestServices.GetRequired<RuleLimit>().CheckAsync(context.Tenant(), 1, context.RequestAborted);
        if (await LookAsync(context, id) is not null)
        {
            throw new RequestException(409, ErrorWord.Conflict, $"There is a rule with the id {id} already. Give this one another id, or change that one with PUT");
        }
        await ChangeAsync(context, new RuleChange(id, text, document.Rule?.IsActive ?? true));
        context.Response.Headers.Location = $"/v1/alerts/rules/{id}";
        await RuleDetails.WriteAsync(context, 201, await FindAsync(context, id));
    }

    private static async Task PutRule(HttpContext context)
    {
        var (view, body) = (await FindAsync(context), await ReadTextAsync(context));
        var members = Members(body);
        if (view.IsBuiltIn && members.Any(member => member != "is_active"))
        {
            throw new RequestException(400, ErrorWord.InvalidRequest, "A rule of the built-in pack can be turned off and on with is_active. To change what it looks for, turn it off and make one of your own");
        }
        // A whole rule takes the place of the old text, with its comments; else only what is named changes.
        var isWhole = members.Contains("detection") || members.Contains("filter") || members.Contains("correlation");
        var text = view.IsBuiltIn ? null : isWhole ? body : Merge(view.Text, body);
        var isActive = view.IsActive;
        if (members.Contains("is_active"))
        {
            isActive = Parse(context, view.Id, view.IsBuiltIn ? Merge(view.Text, body) : text!).Rule?.IsActive ?? isActive;
        }
        if (text is not null)
        {
            var document = Parse(context, view.Id, text);
            if (document.Id != view.Id)
            {
                throw new RequestException(400, ErrorWord.InvalidRequest, $"A rule keeps its id: this one's is {view.Id}, not {document.Id}");
            }
            await CheckAsync(context, document);
        }
        await ChangeAsync(context, new RuleChange(view.Id, text, isActive));
        await RuleDetails.WriteAsync(context, 200, await FindAsync(context));
    }

    private static async Task DeleteRule(HttpContext context)
    {
        var view = await FindAsync(context);
        if (view.IsBuiltIn)
        {
            throw new RequestException(409, ErrorWord.Conflict, "A rule of the built-in pack cannot be deleted. Turn it off with PUT {\"is_active\":false}");
        }
        await ChangeAsync(context, new RuleChange(view.Id, null, IsActive: false, IsDeleted: true));
        context.Response.StatusCode = 204;
    }

    internal static async Task<IEnumerable<RuleView>> AllAsync(HttpContext context) => RuleView.All(
        await context.RequestServices.GetRequired<RuleTable>().ListAsync(context.Tenant(), context.RequestAborted), context.RequestServices.GetRequired<RuleTexts>(), context.RequestServices.GetRequired<DetectionOptions>());

    internal static string TenantName(HttpContext context) => context.Features.Get<Caller>()!.TenantName;

    internal static string? WhySetAside(HttpContext context, string id) => context.RequestServices.GetRequired<DetectionService>().WhySetAside(context.Tenant(), id);

    internal static async Task<RuleView> FindAsync(HttpContext context, string? id = null)
    {
        id ??= (string)context.Request.RouteValues["id"]!;
        return await LookAsync(context, id) ?? throw new RequestException(404, ErrorWord.NotFound, $"There is no rule {(id.Length <= 100 ? id : id[..100] + "…")}");
    }

    private static async Task<RuleView?> LookAsync(HttpContext context, string id) => RuleView.One(
        id, await context.RequestServices.GetRequired<RuleTable>().FindAsync(context.Tenant(), id, context.RequestAborted), context.RequestServices.GetRequired<RuleTexts>(), context.RequestServices.GetRequired<DetectionOptions>());

    internal static async Task ChangeAsync(HttpContext context, params IReadOnlyCollection<RuleChange> changes)
    {
        await context.RequestServices.GetRequired<RuleTable>().ChangeAsync(context.Tenant(), changes, context.RequestAborted);
        context.RequestServices.GetRequired<DetectionService>().RulesChanged();
    }

    private static async Task<string> ReadTextAsync(HttpContext context)
    {
        using var body = await RequestBody.ReadAllAsync(context.Request, context.RequestAborted);
        return Encoding.UTF8.GetString(body.Written);
    }

    internal static RuleDocument Parse(HttpContext context, string id, string text) => context.RequestServices.GetRequired<RuleTexts>().ReadNew([(id, text)]) switch
    {
        { Refused: [var refused, ..] } => throw new RequestException(400, ErrorWord.ValidationFailed, $"line {refused.Line}, column {refused.Column}: {refused.Reason}"),
        { Documents: [var one] } => one,
        _ => throw new RequestException(400, ErrorWord.InvalidRequest, "One rule was expected, as a JSON object or a YAML document; several go to /v1/alerts/rules/import"),
    };

    private static async Task CheckAsync(HttpContext context, RuleDocument document)
    {
        if (await context.RequestServices.GetRequired<ReferenceCheck>().RefusedAsync(context.Tenant(), [document], isAlone: false, context.RequestAborted) is [var (_, finding)])
        {
            throw new RequestException(400, ErrorWord.ValidationFailed, finding.Reason);
        }
    }

    private static IReadOnlyList<string> Members(string text) => OrBad(() => RuleText.Members(text));

    private static string Merge(string text, string changes) => OrBad(() => RuleText.Merge(text, changes));

    private static T OrBad<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (FormatException error)
        {
            throw new RequestException(400, ErrorWord.InvalidRequest, error.Message);
        }
    }

    private static string Slug(string title)
    {
        var words = new string([.. title.ToLowerInvariant().Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : ' ')]).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var slug = string.Join('-', words);
        return slug.Length switch { 0 => throw new RequestException(400, ErrorWord.InvalidRequest, "The rule needs an id, for none can be made of its title"), > 100 => slug[..100].TrimEnd('-'), _ => slug };
    }
}
