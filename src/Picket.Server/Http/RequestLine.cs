using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Picket.Server.Access;

namespace Picket.Server.Http;

/// <summary>Gives each request its id, taken from <c>X-Request-Id</c> or made, and writes one line about it when it has ended.</summary>
public sealed partial class RequestLine(RequestDelegate next, ILogger<RequestLine> logger, TimeProvider time)
{
    private const string Header = "X-Request-Id";

    public async Task InvokeAsync(HttpContext context)
    {
        var given = context.Request.Headers[Header].ToString();
        var id = given.Length is > 0 and <= 128 && given.All(c => c is > ' ' and < (char)127) ? given : Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
        context.TraceIdentifier = id;
        context.Response.Headers[Header] = id;
        var start = time.GetTimestamp();
        try
        {
            await next(context);
        }
        finally
        {
            var tenant = context.Features.Get<Caller>()?.TenantName ?? "-";
            var status = context.Response.StatusCode;
            // What went well is said only at debug: at ten thousand requests a second a line each would cost more than the requests.
            var level = status >= 500 ? LogLevel.Warning : status >= 400 ? LogLevel.Information : LogLevel.Debug;
            if (logger.IsEnabled(level))
            {
                Log.Ended(logger, level, context.Request.Method, context.Request.Path, status, tenant, id, time.GetElapsedTime(start).TotalMilliseconds);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 1, Message = "{Method} {Path} {Status} for tenant {Tenant}, request {RequestId}, in {Milliseconds:N1} ms")]
        public static partial void Ended(ILogger logger, LogLevel level, string method, string path, int status, string tenant, string requestId, double milliseconds);
    }
}
