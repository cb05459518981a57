using Microsoft.AspNetCore.Http;
using Picket.Events;
using Picket.Events.Log;
using Picket.Query.Aggregates;
using Picket.Query.Store;
using Picket.Server.Access;
using Picket.Server.Http;

namespace Picket.Server.Search;

/// <summary>What every route that asks has in common: whose question it is, the clock, the store, the metrics, cursors.</summary>
internal static class Asking
{
    public static long Now(this HttpContext context) => Instant.Now(context.RequestServices.GetRequired<TimeProvider>());

    public static ValueTask<EventPage> AskAsync(this HttpContext context, SearchRequest request) =>
        context.MeasureAsync(() => context.RequestServices.GetRequired<IEventStore>().SearchAsync(request, context.RequestAborted));

    public static ValueTask<AggregateTable> AskAsync(this HttpContext context, AggregateRequest request) =>
        context.MeasureAsync(() => context.RequestServices.GetRequired<IEventStore>().AggregateAsync(request, context.RequestAborted));

    /// <summary>The next page's cursor as its client will send it; null when there is none.</summary>
    public static string? NextCursor(this HttpContext context, EventPage page) =>
        page.Next is { } next ? context.RequestServices.GetRequired<CursorSigner>().Write(context.Tenant(), page.Log, next) : null;

    /// <exception cref="RequestException">It is not what an earlier answer gave.</exception>
    public static PageCursor ReadCursor(this HttpContext context, string name, string text)
    {
        var log = context.RequestServices.GetRequired<IEventLog>().Durable.Log;
        return context.RequestServices.GetRequired<CursorSigner>().TryRead(context.Tenant(), log, text, out var cursor)
            ? cursor
            : throw RequestException.BadParameter(name, "must be what an earlier answer to this tenant gave, unchanged");
    }

    public static async ValueTask<T> MeasureAsync<T>(this HttpContext context, Func<ValueTask<T>> ask)
    {
        var time = context.RequestServices.GetRequired<TimeProvider>();
        var start = time.GetTimestamp();
        var answer = await ask();
        context.RequestServices.GetRequired<SearchMetrics>().Answered(time.GetElapsedTime(start));
        return answer;
    }
}
