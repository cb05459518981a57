using System.IO.Compression;
using Picket.Events.Batches;
using Picket.Storage.Files;

namespace Picket.Storage.Encodings;

/// <summary>
/// Compressed runs of bytes: a byte that names the codec, the length before, the length after, the bytes. Zstandard where the system has it, else
/// Brotli, which the base library brings; none when it would not get smaller. All are read everywhere but Zstandard, which needs the library.
/// </summary>
internal static class Codec
{
    private const byte None = 0;
    private const byte Brotli = 1;
    private const byte Zstandard = 2;
    private const int MostBytes = 64 * 1024 * 1024;

    public static void Write(NativeBuffer into, ReadOnlySpan<byte> raw)
    {
        var codec = raw.Length < 64 ? None : Zstd.IsThere ? Zstandard : Brotli;
        var bound = codec switch { Zstandard => Zstd.Bound(raw.Length), Brotli => BrotliEncoder.GetMaxCompressedLength(raw.Length), _ => 0 };
        using var scratch = new NativeBuffer(bound);
        var length = 0;
        switch (codec)
        {
            case Zstandard:
                length = Zstd.Compress(raw, scratch.Take(bound));
                break;
            case Brotli:
                BrotliEncoder.TryCompress(raw, scratch.Take(bound), out length, quality: 1, window: 22);
                break;
        }
        if (codec == None || length <= 0 || length >= raw.Length)
        {
            into.Append(None);
            into.AppendVarint((ulong)raw.Length);
            into.Append(raw);
            return;
        }
        into.Append(codec);
        into.AppendVarint((ulong)raw.Length);
        into.AppendVarint((ulong)length);
        into.Append((ReadOnlySpan<byte>)scratch.Written[..length]);
    }

    /// <summary>Appends the bytes as they were before.</summary>
    public static void Read(ref ByteReader reader, NativeBuffer into)
    {
        var codec = reader.Read<byte>();
        var raw = reader.Count(MostBytes);
        if (codec == None)
        {
            into.Append(reader.Take(raw));
            return;
        }
        var bytes = reader.Take(reader.Count(MostBytes));
        var room = into.Take(raw);
        var fine = codec switch
        {
            Zstandard => Zstd.IsThere
                ? Zstd.Decompress(bytes, room) == raw
                : throw new CorruptDataException("a segment", 0, "the library libzstd.so.1, with which it was written, is not on this system; install it"),
            Brotli => BrotliDecoder.TryDecompress(bytes, room, out var written) && written == raw,
            _ => false,
        };
        if (!fine)
        {
            throw reader.Wrong("compressed bytes that cannot be read");
        }
    }
}
