using System.Runtime.InteropServices;

namespace Picket.Server.Http;

/// <summary>
/// Decompresses Zstandard as it is read, by the system's library (<c>zstd.h</c>): the base library has no such stream yet. Reads only; a frame's
/// window is bounded by the library at 128 MiB, and here at 8 MiB as RFC 9659 asks of HTTP.
/// </summary>
internal sealed partial class ZstdStream(Stream source) : Stream
{
    private const string Library = "libzstd.so.1";
    private const int WindowLogMax = 100;

    private readonly byte[] input = new byte[32 * 1024];
    private nint context = Make();
    private int start;
    private int end;
    private bool frameOpen;

    [StructLayout(LayoutKind.Sequential)]
    private unsafe struct Place
    {
        public byte* Bytes;
        public nuint Size;
        public nuint Position;
    }

    public static bool IsThere { get; } = NativeLibrary.TryLoad(Library, out _);

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            if (start < end && Step(buffer.Span) is var written && written > 0)
            {
                return written;
            }
            if (start < end)
            {
                continue;
            }
            start = 0;
            end = await source.ReadAsync(input, cancellationToken);
            if (end == 0)
            {
                return frameOpen ? throw new InvalidDataException("it ends within a frame") : 0;
            }
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        Free(Interlocked.Exchange(ref context, 0));
        base.Dispose(disposing);
    }

    private static nint Make()
    {
        var made = Create();
        SetParameter(made, WindowLogMax, 23);
        return made;
    }

    private unsafe int Step(Span<byte> output)
    {
        fixed (byte* from = input)
        fixed (byte* into = output)
        {
            var inPlace = new Place { Bytes = from, Size = (nuint)end, Position = (nuint)start };
            var outPlace = new Place { Bytes = into, Size = (nuint)output.Length };
            var result = Decompress(context, &outPlace, &inPlace);
            if (IsError(result) != 0)
            {
                throw new InvalidDataException("it is no Zstandard frame, or its window is larger than 8 MiB");
            }
            frameOpen = result != 0;
            start = (int)inPlace.Position;
            return (int)outPlace.Position;
        }
    }

    [LibraryImport(Library, EntryPoint = "ZSTD_createDCtx")]
    private static partial nint Create();

    [LibraryImport(Library, EntryPoint = "ZSTD_freeDCtx")]
    private static partial nuint Free(nint context);

    [LibraryImport(Library, EntryPoint = "ZSTD_DCtx_setParameter")]
    private static partial nuint SetParameter(nint context, int parameter, int value);

    [LibraryImport(Library, EntryPoint = "ZSTD_decompressStream")]
    private static unsafe partial nuint Decompress(nint context, Place* output, Place* input);

    [LibraryImport(Library, EntryPoint = "ZSTD_isError")]
    private static partial uint IsError(nuint result);
}
