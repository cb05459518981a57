using Picket.Storage.Files;

namespace Picket.Storage.Log;

/// <summary>Lets go of log files whose events are in segments, once those who follow the log have read them. Not thread-safe.</summary>
/// <param name="readThrough">Up to where they have; null when nobody follows.</param>
internal sealed class LogCleaner(IStorageFiles files, StorageOptions options, Func<ulong?> readThrough)
{
    /// <summary>Files that are kept for followers alone.</summary>
    public int Kept { get; private set; }

    /// <param name="flushedThrough">Up to where the log is in segments.</param>
    /// <exception cref="IOException">One could not be deleted; the next time tries again.</exception>
    public void LetGo(ulong flushedThrough)
    {
        var names = LogFileName.All(files);
        // A file's events end where the next one's begin; the last may still be written.
        var flushed = names.Skip(1).TakeWhile(next => next.First <= flushedThrough + 1).Count();
        var through = readThrough() ?? ulong.MaxValue;
        var read = through == ulong.MaxValue ? flushed : names.Skip(1).Take(flushed).TakeWhile(next => next.First <= through + 1).Count();
        var most = files.FreeBytes > (2 * options.MinimumFreeBytes) + (Limits.KeptLogFiles * Limits.LogFileBytes) ? Limits.KeptLogFiles : 0;
        var letGo = Math.Max(read, flushed - most);
        Kept = flushed - letGo;
        foreach (var name in names.Take(letGo))
        {
            Release(name);
        }
    }

    // One is kept to be written again.
    private void Release(LogFileName name)
    {
        if (files.List(LogFileName.Folder).Contains(LogFileName.Spare))
        {
            files.Delete(name.ToString());
        }
        else
        {
            files.Publish(name.ToString(), LogFileName.Spare);
        }
    }
}
