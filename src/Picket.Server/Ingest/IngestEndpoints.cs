using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Picket.Events;
using Picket.Events.Parsing;
using Picket.Events.Schema;
using Picket.Server.Access;
using Picket.Server.Http;

namespace Picket.Server.Ingest;

/// <summary>The ways in over HTTP.</summary>
public static class IngestEndpoints
{
    private const int MostLogs = 1_000;
    private const int MostLogFields = 100;
    private const int MostMessage = 65_536;

    public static void MapIngest(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/events", PostEvents).Needs(Scope.IngestLogs).Describe("Ingest", "Store security events", "{\"events\":[{\"type\":\"login_failed\",\"src_ip\":\"9.9.9.9\"}]}", "200: a result for each item, in order");
        routes.MapPost("/v1/ingest/logs", PostLogs).Needs(Scope.IngestLogs).Describe("Ingest", "Store 1 to 1,000 application logs", "{\"events\":[{\"service\":\"web\",\"level\":\"error\",\"message\":\"connection timeout\"}]}", "202: how many were accepted and rejected, and why");
        routes.MapPost("/v1/ingest/jsonl", PostLines).Needs(Scope.IngestLogs).Describe("Ingest", "Store a stream of NDJSON of any length and any field names", "{\"message\":\"hello\"}\n{\"message\":\"world\"}", "200: how many were accepted and rejected, and the first errors by line");
        routes.MapPost("/api/v1/logs/ingest", PostLog).Needs(Scope.IngestLogs).Describe("Ingest", "Store one log", "{\"severity\":\"HIGH\",\"source\":\"firewall-01\",\"message\":\"Port scan detected\"}", "201: its id");
        routes.MapPost("/api/v1/logs/ingest/batch", PostLogBatch).Needs(Scope.IngestLogs).Describe("Ingest", "Store several logs, all or none", "{\"logs\":[{\"severity\":\"HIGH\",\"source\":\"firewall-01\",\"message\":\"Port scan detected\"}]}", "202: how many were accepted");
    }

    private static async Task PostLines(HttpContext context)
    {
        using var body = new JsonLinesBody(Pipeline(context), CallerOf(context), context);
        await body.RunAsync();
    }

    private static Task PostEvents(HttpContext context) => WithItems(context, "events", async request =>
    {
        var statuses = new List<string?>();
        request.Each((parser, item, index) => statuses.Add(
            !new ItemCheck(item).IsObject ? "an event must be a JSON object" : parser.TryParse(item, index) ? null : Reason(parser)));
        var result = await request.AppendAsync();
        await JsonAnswer.WriteAsync(context, 200, json =>
        {
            json.WriteStartArray("results");
            var stored = 0ul;
            for (var i = 0; i < statuses.Count; i++)
            {
                json.WriteStartObject();
                json.WriteNumber("index", i);
                json.WriteString("status", statuses[i] is null ? "ok" : "error");
                if (statuses[i] is { } reason)
                {
                    json.WriteString("error", reason);
                }
                else
                {
                    json.WriteString("id", Events.EventId.From(result.First.Plus(stored++), result.ReceivedAt));
                }
                json.WriteEndObject();
            }
            json.WriteEndArray();
        });
    });

    private static Task PostLogs(HttpContext context) => WithItems(context, "events", async request =>
    {
        if (request.Count is 0 or > MostLogs)
        {
            throw new RequestException(400, ErrorWord.InvalidRequest, $"events must hold 1 to {MostLogs:N0} items; it holds {request.Count:N0}");
        }
        request.Each((parser, item, index) =>
        {
            if (CheckLog(item) is { } wrong)
            {
                parser.Refuse(index, 0, wrong);
            }
            else
            {
                parser.TryParse(item, index);
            }
        });
        var result = await request.AppendAsync();
        await AnswerCounts(context, 202, result.Count, request.Parser, "index");
    });

    private static async Task PostLog(HttpContext context)
    {
        var pipeline = Pipeline(context);
        using var body = await RequestBody.ReadAllAsync(context.Request, context.RequestAborted);
        var request = new ItemsRequest(pipeline, CallerOf(context), context, body, 0);
        try
        {
            var instant = request.ParseOne();
            var result = await request.AppendAsync();
            await JsonAnswer.WriteAsync(context, 201, json =>
            {
                json.WriteString("id", Events.EventId.From(result.First, result.ReceivedAt));
                json.WriteString("status", "ingested");
                json.WriteString("timestamp", Instant.Format(instant ?? result.ReceivedAt));
            });
        }
        finally
        {
            request.End();
        }
    }

    private static Task PostLogBatch(HttpContext context) => WithItems(context, "logs", async request =>
    {
        if (request.Count == 0)
        {
            throw new RequestException(400, ErrorWord.InvalidRequest, "logs must hold at least one item");
        }
        request.Each((parser, item, index) =>
        {
            if (CheckSeverityLog(item) is { } wrong)
            {
                throw new RequestException(422, ErrorWord.ValidationFailed, $"logs[{index}]: {wrong}; nothing was stored") { Index = index };
            }
            if (!parser.TryParse(item, index))
            {
                throw new RequestException(422, ErrorWord.ValidationFailed, $"logs[{index}]: {Reason(parser)}; nothing was stored") { Index = index };
            }
        });
        var result = await request.AppendAsync();
        await AnswerCounts(context, 202, result.Count, request.Parser, "index");
    });

    private static string? CheckLog(ReadOnlySpan<byte> item)
    {
        var check = new ItemCheck(item);
        return !check.IsObject ? "an event must be a JSON object"
            : check.CheckText("service", 1, MostMessage) ?? check.CheckText("message", 0, MostMessage)
            ?? (ItemCheck.CountMembers(check.Member("fields"u8)) > MostLogFields ? $"fields has more than {MostLogFields} members" : null);
    }

    internal static string? CheckSeverityLog(ReadOnlySpan<byte> item)
    {
        var check = new ItemCheck(item);
        if (!check.IsObject)
        {
            return "a log must be a JSON object";
        }
        if ((check.CheckText("severity", 1, 16) ?? check.CheckText("source", 1, 255) ?? check.CheckText("message", 1, 4_096)) is { } wrong)
        {
            return wrong;
        }
        var severity = ItemCheck.Text(check.Member("severity"u8))!;
        return Severities.Spellings.TryRead(Encoding.UTF8.GetBytes(severity), out _, out _) ? null
            : $"severity must be one of CRITICAL, HIGH, MEDIUM, LOW, INFO, not {severity}";
    }

    private static string Reason(EventParser parser) => parser.Errors.Count > 0 ? parser.Errors[^1].Reason : "it was refused";

    private static IngestPipeline Pipeline(HttpContext context) => context.RequestServices.GetRequired<IngestPipeline>();

    private static Caller CallerOf(HttpContext context) => context.Features.GetRequiredFeature<Caller>();

    private static async Task WithItems(HttpContext context, string name, Func<ItemsRequest, Task> act)
    {
        using var body = await RequestBody.ReadAllAsync(context.Request, context.RequestAborted);
        var request = new ItemsRequest(Pipeline(context), CallerOf(context), context, body, BodyShape.FindArray(body.Written, name));
        try
        {
            await act(request);
        }
        finally
        {
            request.End();
        }
    }

    private static Task AnswerCounts(HttpContext context, int status, int accepted, EventParser parser, string item) => JsonAnswer.WriteAsync(context, status, json =>
    {
        json.WriteNumber("accepted", accepted);
        json.WriteNumber("rejected", parser.Rejected);
        json.WriteStartArray("errors");
        foreach (var error in parser.Errors)
        {
            json.WriteStartObject();
            json.WriteNumber(item, error.Item);
            json.WriteString("error", error.Reason);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });
}
