using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Picket.Query.Store;

namespace Picket.Server.Http;

/// <summary>
/// The one place where a failed request becomes an answer: problem details (RFC 9457) with the members that clients of the older APIs read. What
/// nobody foresaw is logged whole and answered without a trace of it.
/// </summary>
public sealed partial class Problem(RequestDelegate next, ILogger<Problem> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
            if (!context.Response.HasStarted && context.Response.StatusCode is 404 or 405 && context.Response.ContentLength is null && context.Response.ContentType is null)
            {
                await WriteAsync(context, context.Response.StatusCode == 404
                    ? new RequestException(404, ErrorWord.NotFound, $"There is no route {context.Request.Method} {context.Request.Path}; /docs lists them all")
                    : new RequestException(405, ErrorWord.MethodNotAllowed, $"{context.Request.Path} does not take {context.Request.Method}; see the Allow header"));
            }
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client has gone; there is nobody to answer.
            context.Abort();
        }
        catch (Exception error) when (!context.Response.HasStarted)
        {
            await WriteAsync(context, Translate(context, error));
        }
    }

    public static async Task WriteAsync(HttpContext context, RequestException error)
    {
        var response = context.Response;
        response.StatusCode = error.Status;
        response.ContentType = "application/problem+json";
        if (error.RetryAfter is { } seconds)
        {
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }
        using var json = new Utf8JsonWriter(response.BodyWriter, JsonAnswer.Options);
        json.WriteStartObject();
        json.WriteString("type", "about:blank");
        json.WriteString("title", Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(error.Status));
        json.WriteNumber("status", error.Status);
        json.WriteString("detail", error.Message);
        json.WriteString("error", error.Error);
        json.WriteString("message", error.Message);
        json.WriteNumber("code", error.Status);
        json.WriteStartObject("details");
        if (error.Index is { } index)
        {
            json.WriteNumber("index", index);
            json.WriteNumber("log_index", index);
        }
        if (error.Accepted is { } accepted)
        {
            json.WriteNumber("accepted", accepted);
        }
        json.WriteEndObject();
        json.WriteEndObject();
        await json.FlushAsync(context.RequestAborted);
    }

    private RequestException Translate(HttpContext context, Exception error)
    {
        switch (error)
        {
            case RequestException known:
                return known;
            case QueryException query:
                return new RequestException(query.Error switch { QueryException.InvalidRequest => 400, QueryException.TimedOut => 504, QueryException.TooLarge => 422, QueryException.Overloaded => 503, _ => 500 }, query.Error, query.Message);
            case BadHttpRequestException bad:
                return new RequestException(bad.StatusCode, ErrorWord.InvalidRequest, bad.Message);
            default:
                Log.Unforeseen(logger, context.Request.Method, context.Request.Path, error);
                return new RequestException(500, ErrorWord.InternalError, "Something went wrong here that should not; the server's log has it under this request's id");
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "{Method} {Path} failed in a way that nobody foresaw; please report it")]
        public static partial void Unforeseen(ILogger logger, string method, string path, Exception error);
    }
}
