using System.Buffers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;
using Picket.Events;
using Picket.Events.Log;
using Picket.Query.Store;
using Picket.Server.Access;
using Picket.Server.Http;
using Picket.Server.Search;

namespace Picket.Server.Tail;

/// <summary>Events as they are stored, over HTTP.</summary>
public static class TailEndpoints
{
    public static void MapTail(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/logs/tail", PostTail).Needs(Scope.SearchLogs).Describe(
            "Search", "Events as they are stored (text/event-stream); resume with Last-Event-ID", "{\"query\":\"level:error\"}", "200: each data line is an event, its id for Last-Event-ID; an event named missed says how many a slow reader missed; a comment every 15 s");

    private static async Task PostTail(HttpContext context)
    {
        using var body = await RequestBody.ReadAllAsync(context.Request, context.RequestAborted);
        var (filter, time, _) = SearchBody.Parse(body.Length == 0 ? "{}"u8 : body.Written).Question(context.Now());
        var (log, tenant) = (context.RequestServices.GetRequired<IEventLog>(), context.Tenant());
        var resume = Resume(context.Request, log.Durable);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, context.RequestServices.GetRequired<IHostApplicationLifetime>().ApplicationStopping);
        var request = new ScanRequest(tenant, time, filter, resume ?? log.Durable);
        var hub = context.RequestServices.GetRequired<TailHub>();
        var stored = new StoredEvents(context.RequestServices.GetRequired<IEventStore>(), hub, new EventStream(context.Response.BodyWriter, log.Durable.Log));
        // Joined before the answer begins, so that no room for it is still an error's answer.
        TailQueue? queue = null;
        try
        {
            if (resume is null)
            {
                (queue, var after) = hub.Join(tenant, filter, time);
                request = request with { After = request.After with { Seq = after } };
                await BeginAsync(context, stored.Stream, new LogPosition(log.Durable.Log, after), end.Token);
            }
            else
            {
                await BeginAsync(context, stored.Stream, resume.Value, end.Token);
                while (log.Durable.Seq - request.After.Seq > TailLimits.NearEvents)
                {
                    request = request with { After = await stored.SendAsync(request, log.Durable.Seq, end.Token) };
                }
                (queue, var after) = hub.Join(tenant, filter, time);
                request = request with { After = await stored.SendAsync(request, after, end.Token) };
            }
            await SendAsync(queue, request.After.Seq, hub, stored.Stream, context.RequestServices.GetRequired<TimeProvider>(), end.Token);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            // The server stops; the client comes back with the last event it has.
        }
        finally
        {
            if (queue is not null)
            {
                hub.Leave(tenant, filter, time, queue);
            }
        }
    }

    private static LogPosition? Resume(HttpRequest request, LogPosition durable)
    {
        if (request.Headers["Last-Event-ID"].ToString() is not { Length: > 0 } text)
        {
            return null;
        }
        return LogPosition.TryParse(text, null, out var position) && position.Log == durable.Log && position.Seq <= durable.Seq
            ? position
            : throw RequestException.BadParameter("Last-Event-ID", $"must be the id of an event that this server sent, such as {durable}; leave it out to begin with what comes next");
    }

    private static async Task BeginAsync(HttpContext context, EventStream stream, LogPosition after, CancellationToken cancellation)
    {
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["X-Accel-Buffering"] = "no";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        stream.WriteComment($"after {after}");
        await stream.FlushAsync(cancellation);
    }

    /// <param name="sent">What stands up to here has been sent; the queue may begin before it, where the hub was behind.</param>
    private static async Task SendAsync(TailQueue queue, ulong sent, TailHub hub, EventStream stream, TimeProvider time, CancellationToken cancellation)
    {
        for (var any = queue.WaitAsync(cancellation).AsTask(); ;)
        {
            using (var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellation))
            {
                if (await Task.WhenAny(any, Task.Delay(TailLimits.Silence, time, silence.Token)) != any)
                {
                    stream.WriteComment("nothing new");
                    await stream.FlushAsync(cancellation);
                    continue;
                }
                await silence.CancelAsync();
            }
            if (!await any)
            {
                return;
            }
            while (queue.TryTake(out var waiting))
            {
                Tell(waiting.Missed);
                if (waiting.Item.Seq <= sent)
                {
                    continue;
                }
                stream.Write(waiting.Item);
                hub.CountSent(1);
                if (stream.IsFull)
                {
                    await stream.FlushAsync(cancellation);
                }
            }
            Tell(queue.TakeMissed());
            await stream.FlushAsync(cancellation);
            any = queue.WaitAsync(cancellation).AsTask();
        }

        void Tell(long missed)
        {
            if (missed > 0)
            {
                stream.WriteMissed(missed);
                hub.CountMissed(missed);
            }
        }
    }

    /// <summary>What was stored before a tail joined.</summary>
    private sealed record StoredEvents(IEventStore Store, TailHub Hub, EventStream Stream)
    {
        private readonly ArrayBufferWriter<byte> buffer = new();

        /// <summary>Sends the events asked for up to a number; returns the position up to which that is all.</summary>
        public async Task<LogPosition> SendAsync(ScanRequest request, ulong last, CancellationToken cancellation)
        {
            await foreach (var batch in Store.ScanAsync(request, cancellation))
            {
                using (batch)
                {
                    for (var row = 0; row < batch.Count && batch.Seqs[row] <= last; row++)
                    {
                        Stream.Write(TailHub.ItemOf(batch, row, request.After.Log, buffer));
                        Hub.CountSent(1);
                    }
                }
                await Stream.FlushAsync(cancellation);
            }
            return request.After with { Seq = Math.Max(last, request.After.Seq) };
        }
    }
}
