namespace Picket.Server.Tail;

/// <summary>The folder's bounds.</summary>
internal static class TailLimits
{
    /// <summary>Tails open at once; one more is refused.</summary>
    public const int Tails = 1_000;

    /// <summary>Bytes of events that wait for one slow reader; past it, it misses events and is told how many.</summary>
    public const long BytesOfOne = 1024 * 1024;

    /// <summary>The same for all readers together.</summary>
    public const long BytesOfAll = 32 * 1024 * 1024;

    /// <summary>A reader that resumes reads what is stored until it is this many events behind, and then joins the others.</summary>
    public const ulong NearEvents = 1_000;

    /// <summary>After so long without an event a comment says that the connection lives.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(15);
}
