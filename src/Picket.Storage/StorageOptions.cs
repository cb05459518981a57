namespace Picket.Storage;

/// <summary>How the engine runs.</summary>
public sealed class StorageOptions
{
    /// <summary>Bytes of events in memory at which they are flushed to segments. Default 40 MiB.</summary>
    public long GenerationBytes { get; set; } = Limits.GenerationBytes;

    /// <summary>Without an append for so long, what is in memory is flushed. Default a minute.</summary>
    public TimeSpan IdleFlush { get; set; } = Limits.IdleFlush;

    /// <summary>Writes are refused while less than this is free on the disk; reads go on. Default 2 GiB.</summary>
    public long MinimumFreeBytes { get; set; } = 2L * 1024 * 1024 * 1024;

    /// <summary>Whether an append waits until the disk has it (default), or only the operating system, which loses it in a power cut.</summary>
    public bool Fsync { get; set; } = true;

    /// <summary>A question is ended after this long. Default 30 seconds.</summary>
    public TimeSpan QueryTimeLimit { get; set; } = TimeSpan.FromSeconds(30);
}
