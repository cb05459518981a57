using System.IO.Compression;
using Picket.Events.Batches;
using Picket.Storage.Files;

namespace Picket.Storage.Encodings;

/// <summary>
/// Compressed runs of bytes: a byte that names the codec, the length before as a varint, the length after in four bytes, the bytes. Zstandard where the system has it, else
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
        var start = into.Length;
        var codec = raw.Length < 64 ? None : Zstd.IsThere ? Zstandard : Brotli;
        into.Append(codec);
        into.AppendVarint((ulong)raw.Length);
        if (codec != None)
        {
            var lengthAt = into.Length;
            into.Append(0);
            var length = Compress(codec, raw, into.GetSpan(codec == Zstandard ? Zstd.Bound(raw.Length) : BrotliEncoder.GetMaxCompressedLength(raw.Length)));
            if (length > 0 && length < raw.Length)
            {
                into.Advance(length);
                BitConverter.TryWriteBytes(into.Written[lengthAt..], length);
                return;
            }
            into.Truncate(start);
            into.Append(None);
            into.AppendVarint((ulong)raw.Length);
        }
        into.Append(raw);
    }

    private static int Compress(byte codec, ReadOnlySpan<byte> raw, Span<byte> into)
    {
        if (codec == Zstandard)
        {
            return Zstd.Compress(raw, into);
        }
        return BrotliEncoder.TryCompress(raw, into, out var length, quality: 1, window: 22) ? length : 0;
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
        var bytes = reader.Take(reader.Read<int>());
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
