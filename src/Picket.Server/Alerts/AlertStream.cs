using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Hosting;
using Picket.Metastore;
using Picket.Server.Access;
using Picket.Server.Http;
using Picket.Server.Tail;

namespace Picket.Server.Alerts;

/// <summary>Alerts as they are raised and change, as server-sent events. Whoever comes back after a break asks <c>GET /v1/alerts</c> first.</summary>
internal static class AlertStream
{
    public static async Task GetAsync(HttpContext context)
    {
        using var listener = context.RequestServices.GetRequired<AlertHub>().Listen(context.Tenant())
            ?? throw new RequestException(503, ErrorWord.Overloaded, $"{AlertHub.MostListeners:N0} listen to alerts already; ask GET /v1/alerts from time to time");
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, context.RequestServices.GetRequired<IHostApplicationLifetime>().ApplicationStopping);
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["X-Accel-Buffering"] = "no";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        try
        {
            await SendAsync(context, ": alerts from now on\n\n"u8.ToArray(), end.Token);
            while (true)
            {
                if (!await WaitAsync(context, listener, end.Token))
                {
                    await SendAsync(context, ": nothing new\n\n"u8.ToArray(), end.Token);
                }
                while (listener.Alerts.TryRead(out var alert))
                {
                    await SendAsync(context, Event(context, alert), end.Token);
                }
                if (listener.TakeMissed() is > 0 and var missed)
                {
                    await SendAsync(context, Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"event: missed\ndata: {{\"missed\":{missed}}}\n\n")), end.Token);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The listener has gone, or the server stops.
        }
    }

    // False when nothing came for a while.
    private static async Task<bool> WaitAsync(HttpContext context, AlertHub.Listener listener, CancellationToken cancellation)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var any = listener.Alerts.WaitToReadAsync(silence.Token).AsTask();
        var isFirst = await Task.WhenAny(any, Task.Delay(TailLimits.Silence, context.RequestServices.GetRequired<TimeProvider>(), silence.Token)) == any;
        await silence.CancelAsync();
        cancellation.ThrowIfCancellationRequested();
        return isFirst;
    }

    private static byte[] Event(HttpContext context, Alert alert)
    {
        var buffer = new MemoryStream();
        buffer.Write(Encoding.UTF8.GetBytes($"id: {alert.Id}\nevent: {(alert.CreatedAt == alert.UpdatedAt ? "raised" : "changed")}\ndata: "));
        using (var json = new Utf8JsonWriter(buffer, JsonAnswer.Options))
        {
            AlertJson.Write(json, alert, context.Features.Get<Caller>()!.TenantName, AlertEndpoints.Now(context));
        }
        buffer.Write("\n\n"u8);
        return buffer.ToArray();
    }

    private static async Task SendAsync(HttpContext context, byte[] bytes, CancellationToken cancellation)
    {
        await context.Response.Body.WriteAsync(bytes, cancellation);
        await context.Response.Body.FlushAsync(cancellation);
    }
}
