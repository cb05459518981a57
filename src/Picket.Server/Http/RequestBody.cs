using System.IO.Compression;
using Microsoft.AspNetCore.Http;
using Picket.Events.Batches;

namespace Picket.Server.Http;

/// <summary>Bodies: decompressed as their <c>Content-Encoding</c> says, read whole within a bound, whatever <c>Content-Type</c> says.</summary>
/// <remarks>
/// The bound is kept here and not by Kestrel's own limit: past that, Kestrel closes the connection with the body unread, and a client
/// that is still sending loses the answer to a reset. What an answer leaves unread Kestrel reads past, for at most five seconds.
/// </remarks>
public static class RequestBody
{
    /// <summary>Bytes of a body that is read whole, before and after decompression.</summary>
    public const int MostBytes = 32 * 1024 * 1024;

    /// <summary>The body as it was before compression.</summary>
    public static Stream Open(HttpRequest request)
    {
        var encoding = request.Headers.ContentEncoding.ToString().Trim().ToLowerInvariant();
        return encoding switch
        {
            "" or "identity" => request.Body,
            "gzip" or "x-gzip" => new GZipStream(request.Body, CompressionMode.Decompress),
            "deflate" => new ZLibStream(request.Body, CompressionMode.Decompress),
            "br" => new BrotliStream(request.Body, CompressionMode.Decompress),
            "zstd" when ZstdStream.IsThere => new ZstdStream(request.Body),
            _ => throw new RequestException(415, ErrorWord.InvalidRequest, $"Content-Encoding {encoding} is not known; use gzip, deflate, br, zstd or none"),
        };
    }

    /// <summary>Reads all of it; the caller disposes the buffer.</summary>
    public static async Task<NativeBuffer> ReadAllAsync(HttpRequest request, CancellationToken cancellation)
    {
        if (request.ContentLength > MostBytes)
        {
            throw TooLarge();
        }
        await using var body = Open(request);
        var buffer = new NativeBuffer((int)Math.Clamp(request.ContentLength ?? 0, 4_096, MostBytes));
        try
        {
            while (await ReadAsync(body, buffer, 4_096, cancellation) > 0)
            {
                if (buffer.Length > MostBytes)
                {
                    throw TooLarge();
                }
            }
            return buffer;
        }
        catch
        {
            buffer.Dispose();
            throw;
        }
    }

    /// <summary>Reads some more; 0 at the end. Damaged compression is the sender's error.</summary>
    public static async ValueTask<int> ReadAsync(Stream body, NativeBuffer into, int atLeastRoom, CancellationToken cancellation)
    {
        try
        {
            var read = await body.ReadAsync(into.FreeMemory(atLeastRoom), cancellation);
            into.Advance(read);
            return read;
        }
        catch (Exception error) when (error is InvalidDataException or InvalidOperationException)
        {
            throw new RequestException(400, ErrorWord.InvalidRequest, $"The body's compression is damaged: {error.Message}");
        }
    }

    private static RequestException TooLarge() =>
        new(413, ErrorWord.PayloadTooLarge, $"The body is larger than {MostBytes / 1024 / 1024} MiB; send it in parts");
}
