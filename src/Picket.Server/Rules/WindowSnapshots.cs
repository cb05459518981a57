using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Picket.Detection;
using Picket.Events;
using Picket.Events.Batches;
using Picket.Query;

namespace Picket.Server.Rules;

/// <summary>
/// What windows have in memory, written down now and then, so that a start reads only what came since. A file is named by the last event that was looked at; the last two are kept. It has a SHA-256 of what follows, one of what it is
/// of (the log, the position, the rules, the program), and what <see cref="Detector.Save"/> wrote: it is read by the program that wrote it alone. Windows are a cache of what is stored, so that no file is forced to the disk, and
/// where none can be used they are read back. Not thread-safe but for its counts.
/// </summary>
/// <param name="folder">Made when there is something to write.</param>
/// <param name="every">How often.</param>
public sealed partial class WindowSnapshots(string folder, TimeSpan every, TimeProvider time, ILogger<WindowSnapshots> logger)
{
    // So much of the log is looked at again in seconds.
    private const ulong Events = 1_000_000;
    private const int Kept = 2;
    private const int BufferBytes = 128 * 1024;
    private const string Suffix = ".snapshot";
    private const string Temporary = ".tmp";

    // Another build may look at events, or write this, in another way.
    private static readonly Guid[] Program = [.. ((Type[])[typeof(WindowSnapshots), typeof(Detector), typeof(Filter), typeof(EventBatch)]).Select(type => type.Module.ModuleVersionId)];

    private ulong last;
    private long tried = time.GetTimestamp();
    private long written;
    private long failed;
    private long bytes;

    /// <summary>How often it was written down.</summary>
    public long Written => Interlocked.Read(ref written);

    /// <summary>How often that failed.</summary>
    public long Failed => Interlocked.Read(ref failed);

    /// <summary>Bytes of the last one.</summary>
    public long Bytes => Interlocked.Read(ref bytes);

    /// <summary>Whether events were looked at that the last one does not have.</summary>
    public bool IsBehind(LogPosition at) => at.Seq != last;

    /// <summary>Whether it is to be written down: a minute ago it was last, or a million events.</summary>
    public bool IsDue(LogPosition at) => IsBehind(at) && (at.Seq >= last + Events || time.GetElapsedTime(tried) >= every);

    /// <summary>Writes it down; false where it cannot be, which is logged and counted.</summary>
    /// <param name="at">The last event that was looked at; how far it was must be durable.</param>
    /// <param name="rules">See <see cref="LiveRules.Digest"/>.</param>
    /// <param name="save">Writes what there is.</param>
    public bool TryWrite(LogPosition at, byte[] rules, Action<Stream> save)
    {
        (last, tried) = (at.Seq, time.GetTimestamp());
        var name = Path.Combine(folder, at.Seq.ToString("D20", CultureInfo.InvariantCulture) + Suffix);
        try
        {
            Directory.CreateDirectory(folder);
            Interlocked.Exchange(ref bytes, WriteFile(name + Temporary, HeaderOf(at, rules), save));
            File.Move(name + Temporary, name, overwrite: true);
            Interlocked.Increment(ref written);
            foreach (var (older, _) in All().SkipLast(Kept))
            {
                File.Delete(older);
            }
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Interlocked.Increment(ref failed);
            Log.NotWritten(logger, name, error.Message);
            Delete(name + Temporary);
            return false;
        }
    }

    /// <summary>The newest that is whole, of these rules, and not of later than a position; null where there is none. What is of later, or was not written to its end, is deleted.</summary>
    /// <param name="at">The last event that was looked at.</param>
    public WindowSnapshot? Find(LogPosition at, byte[] rules)
    {
        foreach (var (name, through) in Readable().Reverse())
        {
            // As it is where the metastore was put back: what comes has numbers that others had.
            if (through > at.Seq)
            {
                Delete(name);
            }
            else if (TryOpen(name, HeaderOf(at with { Seq = through }, rules)) is { } file)
            {
                last = through;
                Interlocked.Exchange(ref bytes, file.Length);
                Log.Found(logger, through, at.Seq - through);
                return new WindowSnapshot(file, through);
            }
        }
        Log.NotFound(logger, at.Seq);
        return null;
    }

    /// <summary>Deletes one that could not be used though it is whole.</summary>
    public void Discard(WindowSnapshot snapshot) => Delete(snapshot.Windows.Name);

    private IReadOnlyList<(string Name, ulong Through)> Readable()
    {
        try
        {
            return All();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Log.NotRead(logger, folder, error.Message);
            return [];
        }
    }

    private static long WriteFile(string name, byte[] header, Action<Stream> save)
    {
        using var file = new FileStream(name, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        file.Write(new byte[SHA256.HashSizeInBytes]);
        using var sum = SHA256.Create();
        using (var summed = new CryptoStream(file, sum, CryptoStreamMode.Write, leaveOpen: true))
        using (var buffered = new BufferedStream(summed, BufferBytes))
        {
            buffered.Write(header);
            save(buffered);
        }
        file.Position = 0;
        file.Write(sum.Hash!);
        return file.Length;
    }

    private FileStream? TryOpen(string name, byte[] header)
    {
        FileStream? file = null;
        try
        {
            file = new FileStream(name, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, BufferBytes);
            Span<byte> sum = stackalloc byte[SHA256.HashSizeInBytes];
            Span<byte> found = stackalloc byte[SHA256.HashSizeInBytes];
            file.ReadExactly(sum);
            if (!SHA256.HashData(file).AsSpan().SequenceEqual(sum))
            {
                throw new IOException("it is damaged, or was not written to its end");
            }
            file.Position = sum.Length;
            file.ReadExactly(found);
            if (found.SequenceEqual(header))
            {
                return file;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Log.NotRead(logger, name, error.Message);
        }
        file?.Dispose();
        return null;
    }

    private static byte[] HeaderOf(LogPosition at, byte[] rules)
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var module in Program)
        {
            digest.AppendData(module.ToByteArray());
        }
        digest.AppendData(BitConverter.GetBytes(at.Log));
        digest.AppendData(BitConverter.GetBytes(at.Seq));
        digest.AppendData(rules);
        return digest.GetHashAndReset();
    }

    // The oldest first.
    private IReadOnlyList<(string Name, ulong Through)> All()
    {
        if (!Directory.Exists(folder))
        {
            return [];
        }
        foreach (var name in Directory.GetFiles(folder, "*" + Temporary))
        {
            Delete(name);
        }
        return
        [
            .. Directory.GetFiles(folder, "*" + Suffix).Order(StringComparer.Ordinal)
                .Where(name => ulong.TryParse(Path.GetFileNameWithoutExtension(name), NumberStyles.None, CultureInfo.InvariantCulture, out _))
                .Select(name => (name, ulong.Parse(Path.GetFileNameWithoutExtension(name), CultureInfo.InvariantCulture))),
        ];
    }

    private void Delete(string name)
    {
        try
        {
            File.Delete(name);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Log.NotDeleted(logger, name, error.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Windows are as they were behind event {Through}; the {Events} events since are looked at again, and raise nothing by it")]
        public static partial void Found(ILogger logger, ulong through, ulong events);

        [LoggerMessage(2, LogLevel.Information, "Windows are read back from what is stored before event {At}: there is no snapshot of them that is of these rules and this version")]
        public static partial void NotFound(ILogger logger, ulong at);

        [LoggerMessage(3, LogLevel.Warning, "What windows have in memory could not be written to {File}: {Reason} Rules go on; a start reads the more back until it can")]
        public static partial void NotWritten(ILogger logger, string file, string reason);

        [LoggerMessage(4, LogLevel.Warning, "The snapshot of windows {File} cannot be used: {Reason}. One before it is, or windows are read back from what is stored")]
        public static partial void NotRead(ILogger logger, string file, string reason);

        [LoggerMessage(5, LogLevel.Warning, "{File} could not be deleted, and may be: {Reason}")]
        public static partial void NotDeleted(ILogger logger, string file, string reason);
    }
}
