using Microsoft.Extensions.Logging;
using Picket.Storage.Cache;
using Picket.Storage.Files;
using Picket.Storage.Log;
using Picket.Storage.Manifest;
using Picket.Storage.Merging;
using Picket.Storage.Segments;

namespace Picket.Storage;

/// <summary>
/// The segments that stand, as the manifest says. What is written or merged takes its place in one edit; readers go on with what they hold. Thread-safe.
/// </summary>
internal sealed partial class SegmentSet : IDisposable
{
    private readonly Lock gate = new();
    private readonly IStorageFiles files;
    private readonly PartCache<PartKey> cache;
    private readonly ManifestFile manifest;
    private readonly Func<RecordNotes> allNotes;
    private readonly List<Segment> segments = [];
    private readonly ILogger logger;

    // Written and named by an edit that failed: it may have reached the disk all the same, so they stay until a new manifest stands.
    private readonly List<string> unsure = [];
    private long lastNumber;

    /// <exception cref="CorruptDataException">The manifest is damaged; a damaged segment is said and passed over instead.</exception>
    public SegmentSet(IStorageFiles files, PartCache<PartKey> cache, Action<RecordNotes> remember, Func<RecordNotes> allNotes, ILogger logger)
    {
        (this.files, this.cache, this.allNotes, this.logger) = (files, cache, allNotes, logger);
        manifest = new ManifestFile(files, edit => remember(edit.Notes));
        var written = files.List(SegmentKind.Folder);
        CheckTail(written);
        foreach (var name in manifest.Segments)
        {
            lastNumber = Math.Max(lastNumber, SegmentKind.NumberOf(name));
            try
            {
                segments.Add(Segment.Open(files, name, cache));
            }
            catch (Exception error) when (error is CorruptDataException or IOException)
            {
                Damaged++;
                Log.SegmentDamaged(logger, name, error.Message);
            }
        }
        // Left by a crash between writing a segment and the edit that names it.
        Discard(written.Except(manifest.Segments));
    }

    /// <summary>Segments that could not be opened.</summary>
    public long Damaged { get; }

    public ulong FlushedThrough => manifest.FlushedThrough;

    /// <summary>The greatest number of an event in any segment.</summary>
    public ulong Last => segments.Select(segment => segment.Bounds.LastSeq).Append(manifest.FlushedThrough).Max();

    /// <summary>Segments so small that merging them is due.</summary>
    public int Small { get; private set; }

    /// <summary>A number for a new segment's name.</summary>
    public long NextNumber() => Interlocked.Increment(ref lastNumber);

    /// <summary>Handles on all segments, each to be disposed. What else is to be of the same moment is taken by <paramref name="also"/>.</summary>
    public List<Segment> Share(Action also)
    {
        lock (gate)
        {
            also();
            return [.. segments.Where(segment => segment.TryHold())];
        }
    }

    /// <summary>What is there, without handles: to be counted, not read.</summary>
    public Segment[] ToArray()
    {
        lock (gate)
        {
            return [.. segments];
        }
    }

    /// <summary>Makes one change: new segments stand, others do not any more, and the log is needed only behind <paramref name="flushedThrough"/>.</summary>
    /// <exception cref="IOException">The manifest could not be written; nothing has changed.</exception>
    /// <exception cref="CorruptDataException">A new segment cannot be read back; nothing has changed.</exception>
    /// <param name="stands">Called while no reader can take handles, as the change takes place.</param>
    public void Commit(IReadOnlyList<string> added, IReadOnlyList<Segment> removed, ulong flushedThrough, RecordNotes notes, Action stands)
    {
        var opened = new List<Segment>();
        try
        {
            foreach (var name in added)
            {
                opened.Add(Segment.Open(files, name, cache));
            }
        }
        catch
        {
            opened.ForEach(segment => segment.Dispose());
            Discard(added);
            throw;
        }
        lock (manifest)
        {
            try
            {
                manifest.Append(new ManifestEdit(added, [.. removed.Select(segment => segment.Name)], Math.Max(flushedThrough, manifest.FlushedThrough), notes), allNotes);
            }
            catch
            {
                opened.ForEach(segment => segment.Dispose());
                unsure.AddRange(added);
                throw;
            }
            Discard(unsure);
            unsure.Clear();
        }
        lock (gate)
        {
            segments.AddRange(opened);
            segments.RemoveAll(removed.Contains);
            Small = segments.Count(MergePlan.IsSmall);
            stands();
        }
        foreach (var segment in removed)
        {
            segment.DeleteWhenUnused();
            segment.Dispose();
        }
    }

    /// <summary>Deletes segments that were written but do not stand. What cannot be deleted now goes at the next start.</summary>
    public void Discard(IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            try
            {
                files.Delete(name);
            }
            catch (IOException error)
            {
                Log.NotDeleted(logger, name, error.Message);
            }
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            segments.ForEach(segment => segment.Dispose());
            segments.Clear();
        }
        manifest.Dispose();
    }

    // An edit that was being written when the process ended is no loss: what it says is in the log, and what it takes away is still there. If it is not so, the edit counted once and was
    // damaged since; going on without it would lose what it names.
    private void CheckTail(IReadOnlyList<string> written)
    {
        if (manifest.DamagedAt is not { } at)
        {
            return;
        }
        var missing = manifest.Segments.Except(written).FirstOrDefault();
        var isInLog = files.List(LogFileName.Folder).Any(path => LogFileName.TryParse(path, out var name) && name.First <= manifest.FlushedThrough + 1);
        if (missing is not null || (!isInLog && written.Except(manifest.Segments).Any(name => name.EndsWith(".seg", StringComparison.Ordinal))))
        {
            throw new CorruptDataException(
                ManifestFile.Name, at, "an edit that once counted cannot be read. Nothing was changed or deleted. Restore this file from a backup of the same state as the segments");
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "The segment {Segment} cannot be read and its events are not found: {Reason} Restore the file from a backup and start again")]
        public static partial void SegmentDamaged(ILogger logger, string segment, string reason);

        [LoggerMessage(2, LogLevel.Warning, "The file {File} is not needed any more and could not be deleted; the next start tries again: {Reason}")]
        public static partial void NotDeleted(ILogger logger, string file, string reason);
    }
}
