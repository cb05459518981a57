using Microsoft.AspNetCore.Http;
using Picket.Events.Batches;
using Picket.Events.Log;
using Picket.Events.Parsing;
using Picket.Server.Access;
using Picket.Server.Http;

namespace Picket.Server.Ingest;

/// <summary>A body that was read whole: its items are parsed one after another, then appended at once.</summary>
internal sealed class ItemsRequest(IngestPipeline pipeline, Caller caller, HttpContext context, NativeBuffer body, int arrayAt)
{
    private readonly long began = pipeline.Timestamp();

    public delegate void ItemAction(EventParser parser, ReadOnlySpan<byte> item, int index);

    public EventParser Parser { get; } = pipeline.Rent(caller);

    public int Count
    {
        get
        {
            var count = 0;
            foreach (var _ in new JsonItems(body.Written, arrayAt))
            {
                count++;
            }
            return count;
        }
    }

    public void Each(ItemAction act)
    {
        var index = 0;
        foreach (var item in new JsonItems(body.Written, arrayAt))
        {
            act(Parser, item, index++);
        }
    }

    /// <summary>Parses the body as one log of the older API; returns the time it says, if any.</summary>
    public long? ParseOne()
    {
        var start = BodyShape.CheckWhole(body.Written);
        var item = body.Written[start..];
        if (IngestEndpoints.CheckSeverityLog(item) is { } wrong)
        {
            throw new RequestException(422, ErrorWord.ValidationFailed, wrong);
        }
        if (!Parser.TryParse(item, 0))
        {
            throw new RequestException(422, ErrorWord.ValidationFailed, Parser.Errors[0].Reason);
        }
        var time = ItemCheck.Text(new ItemCheck(item).Member("timestamp"u8));
        return time is not null && Timestamps.TryParse(System.Text.Encoding.UTF8.GetBytes(time), out var instant, out _) ? Math.Max(instant, 0) : null;
    }

    public async Task<AppendResult> AppendAsync()
    {
        IdempotencyKey? key = IngestPipeline.KeyOf(context.Request) is { } text ? IdempotencyKey.From(text, 0, body.Written) : null;
        if (Parser.Into.Count == 0 && key is null)
        {
            return default;
        }
        // Room is held from the parsed events on; the body itself is bounded by the server's connections and its own limit.
        var room = body.Length;
        await pipeline.TakeRoomAsync(room, context.RequestAborted);
        try
        {
            return await pipeline.AppendAsync(caller, Parser.Into.Seal(), key, 0, CancellationToken.None);
        }
        finally
        {
            pipeline.GiveRoom(room);
        }
    }

    public void End() => pipeline.Return(Parser, began);
}
