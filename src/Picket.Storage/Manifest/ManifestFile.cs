using System.Runtime.InteropServices;
using Picket.Events.Batches;
using Picket.Storage.Files;

namespace Picket.Storage.Manifest;

/// <summary>
/// The list of what stands: a file of edits, each with its length and checksum, the first of them a snapshot. An edit counts once it is
/// fsynced. When the file has grown it is written anew and takes the old one's place at once.
/// Used by one thread at a time.
/// </summary>
internal sealed class ManifestFile : IDisposable
{
    public const string Name = "manifest";
    private static ReadOnlySpan<byte> Header => "PKMANIF1"u8;

    private readonly IStorageFiles files;
    private readonly NativeBuffer buffer = new();
    private readonly List<string> segments = [];
    private IStorageFile? file;
    private long offset;
    private long snapshotBytes;

    public ManifestFile(IStorageFiles files, Action<ManifestEdit> found)
    {
        this.files = files;
        if (files.List("").Contains(Name))
        {
            Read(found);
        }
    }

    public ulong FlushedThrough { get; private set; }

    /// <summary>
    /// Where an edit begins that is not whole; null when all are. It may have been being written when the process ended, and then it never counted; whether it is that or damage,
    /// the other files tell.
    /// </summary>
    public long? DamagedAt { get; private set; }

    public IReadOnlyList<string> Segments => segments;

    /// <param name="edit">What changes.</param>
    /// <param name="allNotes">All that is remembered, should a new file be written.</param>
    public void Append(ManifestEdit edit, Func<Log.RecordNotes> allNotes)
    {
        try
        {
            if (file is null || offset > Limits.ManifestBytes + (2 * snapshotBytes))
            {
                var after = segments.Except(edit.Removed).Concat(edit.Added).ToArray();
                WriteAnew(new ManifestEdit(after, [], edit.FlushedThrough, allNotes()));
            }
            else
            {
                buffer.Clear();
                Frame(edit);
                file.Write(buffer.Written, offset);
                file.Flush();
                offset += buffer.Length;
            }
        }
        catch (IOException)
        {
            // A file whose write or fsync failed is not written again; the next edit begins a new one.
            file?.Dispose();
            file = null;
            throw;
        }
        Apply(edit);
    }

    public void Dispose()
    {
        file?.Dispose();
        buffer.Dispose();
    }

    private void WriteAnew(ManifestEdit snapshot)
    {
        const string temporary = Name + ".tmp";
        file?.Dispose();
        file = null;
        if (files.List("").Contains(temporary))
        {
            files.Delete(temporary);
        }
        buffer.Clear();
        buffer.Append(Header);
        Frame(snapshot);
        file = files.Create(temporary, 0);
        file.Write(buffer.Written, 0);
        file.Flush();
        files.Publish(temporary, Name);
        snapshotBytes = offset = buffer.Length;
    }

    private void Frame(ManifestEdit edit)
    {
        var start = buffer.Length;
        buffer.Take(8).Clear();
        edit.Write(buffer);
        var body = buffer.Written[(start + 8)..];
        MemoryMarshal.Write(buffer.Written[start..], body.Length);
        MemoryMarshal.Write(buffer.Written[(start + 4)..], Checksum.Of(body));
    }

    private void Read(Action<ManifestEdit> found)
    {
        using var existing = files.Open(Name);
        using var content = new NativeBuffer();
        var bytes = content.Take(checked((int)existing.Length));
        existing.Read(bytes, 0);
        if (!bytes.StartsWith(Header))
        {
            throw new CorruptDataException(Name, 0, "a manifest was expected");
        }
        var reader = new ByteReader(bytes[Header.Length..], Name);
        while (!reader.AtEnd)
        {
            var at = reader.Position + Header.Length;
            var left = bytes.Length - at;
            if (left < 8)
            {
                DamagedAt = at;
                break;
            }
            var length = reader.Read<int>();
            var checksum = reader.Read<uint>();
            if (length < 0 || length > left - 8 || Checksum.Of(reader.Take(length)) != checksum)
            {
                DamagedAt = at;
                break;
            }
            var inner = new ByteReader(bytes.Slice(at + 8, length), Name);
            var edit = ManifestEdit.Read(ref inner);
            Apply(edit);
            found(edit);
        }
        // The next edit begins a new file, so that nothing is ever appended to a tail that was cut.
    }

    private void Apply(ManifestEdit edit)
    {
        segments.RemoveAll(edit.Removed.Contains);
        segments.AddRange(edit.Added);
        FlushedThrough = Math.Max(FlushedThrough, edit.FlushedThrough);
    }
}
