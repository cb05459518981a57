using System.Runtime.InteropServices;

namespace Picket.Events.Batches;

/// <summary>
/// The only place that takes native memory. Events live there, not on the managed heap, so that a full day at full rate makes the
/// garbage collector no work. Whoever holds a block gives it back once; debug builds overwrite what was given back.
/// </summary>
public static unsafe class NativeArena
{
    private static long liveBytes;

    /// <summary>Bytes handed out and not yet given back, of the whole process.</summary>
    public static long LiveBytes => Interlocked.Read(ref liveBytes);

#pragma warning disable RS0030 // This is the one place that may.
    internal static byte* Allocate(nuint bytes)
    {
        Interlocked.Add(ref liveBytes, (long)bytes);
        return (byte*)NativeMemory.AlignedAlloc(bytes, 64);
    }
#pragma warning restore RS0030

    internal static void Free(byte* block, nuint bytes)
    {
#if DEBUG
        NativeMemory.Fill(block, bytes, 0xDD);
#endif
        NativeMemory.AlignedFree(block);
        Interlocked.Add(ref liveBytes, -(long)bytes);
    }
}
