using System.IO.Pipelines;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;
using Picket.Query.Language;
using Picket.Query.Pipes;
using Picket.Query.Store;
using Picket.Server.Access;
using Picket.Server.Answers;
using Picket.Server.Http;

namespace Picket.Server.Search;

/// <summary>The query language with its pipes over HTTP.</summary>
public static class QueryEndpoints
{
    private static readonly (string Type, AnswerFormat Format)[] Formats =
    [
        ("application/x-ndjson", AnswerFormat.Ndjson), ("application/json", AnswerFormat.Table), ("text/csv", AnswerFormat.Csv),
    ];

    public static void MapQuery(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/query", PostQuery).Needs(Scope.SearchLogs).Describe(
            "Search", "Run a query with its pipes", "{\"query\":\"level:error | count by app\"}", "200: by Accept, a JSON object a line (application/x-ndjson), a table (application/json) or text/csv");

    private static async Task PostQuery(HttpContext context)
    {
        using var body = await RequestBody.ReadAllAsync(context.Request, context.RequestAborted);
        var asked = SearchBody.Parse(body.Length == 0 ? "{}"u8 : body.Written);
        var format = Format(context.Request);
        var query = QueryParser.Parse(asked.Text("query") ?? "", context.Now());
        query = query with { Time = query.Time.And(Parameters.Range(asked.Text("from"), asked.Text("to"))) };
        var counts = new ScanCounts();
        var answer = await context.MeasureAsync(() => new ValueTask<Answer>(
            QueryRun.RunAsync(context.RequestServices.GetRequired<IEventStore>(), context.Tenant(), query, context.RequestAborted, counts)));
        if (asked.Explain)
        {
            await AnswerWriter.WriteAsync(answer, format, PipeWriter.Create(Stream.Null), context.RequestAborted);
            await JsonAnswer.WriteAsync(context, 200, json => Explanation.Write(json, query.Filter, query.Time, counts));
            return;
        }
        context.Response.ContentType = AnswerWriter.ContentType(format);
        await AnswerWriter.WriteAsync(answer, format, context.Response.BodyWriter, context.RequestAborted);
    }

    // The first that the client takes, by its own order of quality; lines for one that takes anything.
    private static AnswerFormat Format(HttpRequest request)
    {
        var accepted = MediaTypeHeaderValue.TryParseList(request.Headers.Accept, out var types) ? types.Where(type => type.Quality != 0).OrderByDescending(type => type.Quality ?? 1).ToArray() : [];
        foreach (var type in accepted)
        {
            foreach (var (name, format) in Formats)
            {
                if (new MediaTypeHeaderValue(name).IsSubsetOf(new MediaTypeHeaderValue(type.MediaType)))
                {
                    return format;
                }
            }
        }
        return request.Headers.Accept.Count == 0
            ? AnswerFormat.Ndjson
            : throw new RequestException(406, ErrorWord.NotAcceptable, $"An answer is written as {string.Join(", ", Formats.Select(known => known.Type))}; name one in Accept");
    }
}
