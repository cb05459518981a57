namespace Picket.Storage;

/// <summary>How the engine runs.</summary>
public sealed class StorageOptions
{
    /// <summary>Bytes of events in memory at which they are flushed to segments; as many again may wait for their flush. Default 40 MiB.</summary>
    public long GenerationBytes { get; set; } = Limits.GenerationBytes;

    /// <summary>Bytes of decoded columns kept for the next question. Default 48 MiB.</summary>
    public long CacheBytes { get; set; } = Limits.CacheBytes;

    /// <summary>Without an append for so long, what is in memory is flushed. Default a minute.</summary>
    public TimeSpan IdleFlush { get; set; } = Limits.IdleFlush;

    /// <summary>Writes are refused while less than this is free on the disk; reads go on. Default 2 GiB.</summary>
    public long MinimumFreeBytes { get; set; } = 2L * 1024 * 1024 * 1024;

    /// <summary>Whether an append waits until the disk has it (default), or only the operating system, which loses it in a power cut.</summary>
    public bool Fsync { get; set; } = true;

    /// <summary>A question is ended after this long. Default 30 seconds.</summary>
    public TimeSpan QueryTimeLimit { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long events are kept. Default for ever.</summary>
    public Retention Retention { get; set; } = Retention.Forever;

    /// <summary>Whether segments are merged and dropped by a thread of the engine's own. Default true; without it, <see cref="EmbeddedStore.Maintain"/> does it.</summary>
    public bool MaintainInBackground { get; set; } = true;
}
