using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Picket.Events;
using Picket.Events.Batches;
using Picket.Events.Log;
using Picket.Events.Parsing;
using Picket.Server.Access;
using Picket.Server.Http;

namespace Picket.Server.Ingest;

/// <summary>
/// The fast way in: a stream of NDJSON of any length, read, parsed and stored in chunks of 2 MiB that depend on nothing but its content, so that a
/// repeat under the same idempotency key goes on where the first try broke. While one chunk is being made durable the next is read.
/// A body that is one JSON array is taken too, whole, up to the ordinary bound.
/// </summary>
internal sealed class JsonLinesBody(IngestPipeline pipeline, Caller caller, HttpContext context) : IDisposable
{
    private const int ChunkBytes = 2 * 1024 * 1024;
    private const int FirstReadBytes = 16 * 1024;
    private const int ReadBytes = 64 * 1024;

    // What a byte of a large body takes in memory: itself, its columns as they grow, and the batch that is made of them, of which one more may be on its way to the disk.
    private const int MemoryFactor = 4;

    private readonly NativeBuffer buffer = new(FirstReadBytes);
    private readonly string? key = IngestPipeline.KeyOf(context.Request);
    private readonly CancellationToken cancellation = context.RequestAborted;
    private readonly EventParser parser = pipeline.Rent(caller);
    private readonly long began = pipeline.Timestamp();
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private Task<AppendResult>? appending;
    private int chunk;
    private int chunkBytes;
    private long accepted;
    private long room;

    public async Task RunAsync()
    {
        await using var body = RequestBody.Open(context.Request);
        try
        {
            await ReadAsync(body);
        }
        finally
        {
            if (appending is not null)
            {
                // Whatever ended the request, the batch under way is the log's and its room is ours until it is done.
                await ((Task)appending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            pipeline.GiveRoom(room);
        }
        await AnswerAsync();
    }

    public void Dispose()
    {
        buffer.Dispose();
        hash.Dispose();
        pipeline.Return(parser, began);
    }

    private async Task ReadAsync(Stream body)
    {
        var skippingLine = false;
        var first = true;
        while (true)
        {
            var read = await RequestBody.ReadAsync(body, buffer, room == 0 ? FirstReadBytes : ReadBytes, cancellation);
            await TakeRoomAsync();
            var final = read == 0;
            if (first && IsArray(buffer.Written))
            {
                await ReadArrayAsync(body);
                return;
            }
            first &= buffer.Written.IndexOfAnyExcept(" \t\r\n"u8) < 0;
            skippingLine = SkipLongLine(skippingLine, final);
            await TakeLinesAsync(final);
            if (final)
            {
                await EndChunkAsync();
                await FinishAppendAsync();
                return;
            }
        }
    }

    // Room is taken for what has come, not for what may come: many slow senders must not keep a fast one out. A body that says it is large takes all that it will ever need at
    // once, so that several do not wait for each other half read.
    private async ValueTask TakeRoomAsync()
    {
        var held = (long)buffer.Length + chunkBytes;
        var needed = held <= FirstReadBytes ? held : held * MemoryFactor;
        if (needed > room)
        {
            var large = Math.Min(context.Request.ContentLength ?? 0, ChunkBytes) * MemoryFactor;
            var more = Math.Max(Math.Max(needed, large) - room, room == 0 ? FirstReadBytes : 4 * ReadBytes);
            await pipeline.TakeRoomAsync(more, cancellation);
            room += more;
        }
    }

    private async Task TakeLinesAsync(bool final)
    {
        var at = 0;
        while (true)
        {
            var consumed = parser.ParseLines(buffer.Written[at..], final, ChunkBytes - chunkBytes);
            if (consumed == 0)
            {
                break;
            }
            if (key is not null)
            {
                hash.AppendData(buffer.Written.Slice(at, consumed));
            }
            at += consumed;
            chunkBytes += consumed;
            if (chunkBytes >= ChunkBytes)
            {
                await EndChunkAsync();
            }
        }
        Keep(at);
    }

    // Moves what is left, an unfinished line, to the front.
    private void Keep(int from)
    {
        var left = buffer.Length - from;
        buffer.Written[from..].CopyTo(buffer.Written);
        buffer.Truncate(left);
    }

    private bool SkipLongLine(bool skipping, bool final)
    {
        if (!skipping && buffer.Length > Limits.LineBytes && buffer.Written.IndexOf((byte)'\n') < 0)
        {
            parser.RefuseLongLine();
            skipping = true;
        }
        if (!skipping)
        {
            return false;
        }
        var end = buffer.Written.IndexOf((byte)'\n');
        Keep(end < 0 ? buffer.Length : end + 1);
        return end < 0 && !final;
    }

    private async Task EndChunkAsync()
    {
        if (parser.Into.Count == 0 && key is null)
        {
            chunkBytes = 0;
            return;
        }
        IdempotencyKey? chunkKey = key is null ? null : IdempotencyKey.From(key, chunk, hash.GetHashAndReset());
        var batch = parser.Into.Seal();
        chunk++;
        chunkBytes = 0;
        await FinishAppendAsync();
        appending = pipeline.AppendAsync(caller, batch, chunkKey, accepted, CancellationToken.None);
    }

    private async Task FinishAppendAsync()
    {
        if (appending is { } under)
        {
            appending = null;
            accepted += (await under).Count;
        }
    }

    private static bool IsArray(ReadOnlySpan<byte> text)
    {
        var at = text.IndexOfAnyExcept(" \t\r\n"u8);
        return at >= 0 && text[at] == (byte)'[';
    }

    private async Task ReadArrayAsync(Stream body)
    {
        while (await RequestBody.ReadAsync(body, buffer, ReadBytes, cancellation) > 0)
        {
            await TakeRoomAsync();
            if (buffer.Length > RequestBody.MostBytes)
            {
                throw new RequestException(413, ErrorWord.PayloadTooLarge, "A JSON array is read whole and may have 32 MiB; send lines instead, of any number");
            }
        }
        ParseArray();
        if (key is not null)
        {
            hash.AppendData(buffer.Written);
        }
        await EndChunkAsync();
        await FinishAppendAsync();
    }

    private void ParseArray()
    {
        var text = buffer.Written;
        var (line, counted) = (1L, 0);
        var items = new JsonItems(text, BodyShape.CheckWhole(text));
        while (items.MoveNext())
        {
            line += text[counted..items.Offset].Count((byte)'\n');
            counted = items.Offset;
            parser.TryParse(items.Current, line);
        }
    }

    private async Task AnswerAsync()
    {
        context.Response.ContentType = "application/json";
        using var json = new Utf8JsonWriter(context.Response.BodyWriter, JsonAnswer.Options);
        json.WriteStartObject();
        json.WriteNumber("accepted", accepted);
        json.WriteNumber("rejected", parser.Rejected);
        json.WriteStartArray("errors");
        foreach (var error in parser.Errors)
        {
            json.WriteStartObject();
            json.WriteNumber("line", error.Item);
            json.WriteString("error", error.Offset > 0 ? $"{error.Reason}, at byte {error.Offset}" : error.Reason);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
        await json.FlushAsync(cancellation);
    }
}
