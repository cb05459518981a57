using System.Runtime.InteropServices;

namespace Picket.Events.Batches;

/// <summary>
/// The only place that takes native memory. Events live there, not on the managed heap, so that a full day at full rate makes the
/// garbage collector no work. Whoever holds a block gives it back once; debug builds overwrite what was given back.
/// </summary>
public static unsafe partial class NativeArena
{
    // mallopt(3), glibc: blocks of this size and more are mapped one by one and go back to the system when freed: decoded columns, for the most part. Left alone, glibc raises the bound to 32 MiB and keeps what it was given.
    private const int MapThreshold = -3;
    private const int MapBytes = 64 * 1024;

    private static long liveBytes;

    static NativeArena()
    {
        try
        {
            _ = SetOption(MapThreshold, MapBytes);
        }
        catch (Exception error) when (error is EntryPointNotFoundException or DllNotFoundException)
        {
            // Another C library, with habits of its own.
        }
    }

    /// <summary>Bytes handed out and not yet given back, of the whole process.</summary>
    public static long LiveBytes => Interlocked.Read(ref liveBytes);

#pragma warning disable RS0030 // This is the one place that may.
    internal static byte* Allocate(nuint bytes)
    {
        Interlocked.Add(ref liveBytes, (long)bytes);
        return (byte*)NativeMemory.AlignedAlloc(bytes, 64);
    }
#pragma warning restore RS0030

    /// <summary>
    /// Gives the system back what is free between smaller blocks: each thread allocates from a heap of its own, and what others free there would be kept. Some tens of
    /// milliseconds at most; for a thread that nobody waits for, now and then.
    /// </summary>
    public static void Trim()
    {
        try
        {
            _ = GiveBack(0);
        }
        catch (Exception error) when (error is EntryPointNotFoundException or DllNotFoundException)
        {
            // Another C library.
        }
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int GiveBack(nuint keep);

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int SetOption(int option, int value);

    internal static void Free(byte* block, nuint bytes)
    {
#if DEBUG
        NativeMemory.Fill(block, bytes, 0xDD);
#endif
        NativeMemory.AlignedFree(block);
        Interlocked.Add(ref liveBytes, -(long)bytes);
    }
}
