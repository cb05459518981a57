using System.Runtime.InteropServices;

namespace Picket.Storage.Encodings;

/// <summary>Zstandard at level 1, from the system's own library (<c>zstd.h</c>), with one context a thread.</summary>
internal static unsafe partial class Zstd
{
    private const string Library = "libzstd.so.1";
    private const int Level = 1;

    [ThreadStatic]
    private static nint compressor;

    [ThreadStatic]
    private static nint decompressor;

    public static bool IsThere { get; } = NativeLibrary.TryLoad(Library, out _);

    public static int Bound(int length) => checked((int)CompressBound((nuint)length));

    /// <summary>The length, or −1.</summary>
    public static int Compress(ReadOnlySpan<byte> from, Span<byte> into)
    {
        compressor = compressor == 0 ? CreateCompressor() : compressor;
        fixed (byte* source = from)
        fixed (byte* target = into)
        {
            return Length(Compress(compressor, target, (nuint)into.Length, source, (nuint)from.Length, Level));
        }
    }

    public static int Decompress(ReadOnlySpan<byte> from, Span<byte> into)
    {
        decompressor = decompressor == 0 ? CreateDecompressor() : decompressor;
        fixed (byte* source = from)
        fixed (byte* target = into)
        {
            return Length(Decompress(decompressor, target, (nuint)into.Length, source, (nuint)from.Length));
        }
    }

    private static int Length(nuint result) => IsError(result) != 0 ? -1 : (int)result;

    [LibraryImport(Library, EntryPoint = "ZSTD_compressBound")]
    private static partial nuint CompressBound(nuint length);

    [LibraryImport(Library, EntryPoint = "ZSTD_createCCtx")]
    private static partial nint CreateCompressor();

    [LibraryImport(Library, EntryPoint = "ZSTD_createDCtx")]
    private static partial nint CreateDecompressor();

    [LibraryImport(Library, EntryPoint = "ZSTD_compressCCtx")]
    private static partial nuint Compress(nint context, byte* into, nuint capacity, byte* from, nuint length, int level);

    [LibraryImport(Library, EntryPoint = "ZSTD_decompressDCtx")]
    private static partial nuint Decompress(nint context, byte* into, nuint capacity, byte* from, nuint length);

    [LibraryImport(Library, EntryPoint = "ZSTD_isError")]
    private static partial uint IsError(nuint result);
}
