using Picket.Events.Batches;
using Picket.Storage.Files;
using Picket.Storage.Log;

namespace Picket.Storage.Manifest;

/// <summary>One change of what stands, all or nothing: segments added and removed, how far the log is flushed, keys and bookmarks to remember.</summary>
internal sealed record ManifestEdit(IReadOnlyList<string> Added, IReadOnlyList<string> Removed, ulong FlushedThrough, RecordNotes Notes)
{
    public void Write(NativeBuffer into)
    {
        Names(into, Added);
        Names(into, Removed);
        into.AppendVarint(FlushedThrough);
        Notes.Write(into);
    }

    public static ManifestEdit Read(ref ByteReader reader)
    {
        var added = Names(ref reader);
        var removed = Names(ref reader);
        return new ManifestEdit(added, removed, reader.Varint(), RecordNotes.Read(ref reader));
    }

    private static void Names(NativeBuffer into, IReadOnlyList<string> names)
    {
        into.AppendVarint((ulong)names.Count);
        foreach (var name in names)
        {
            into.AppendVarint((ulong)name.Length);
            into.Append((ReadOnlySpan<byte>)System.Text.Encoding.ASCII.GetBytes(name));
        }
    }

    private static string[] Names(ref ByteReader reader)
    {
        var names = new string[reader.Count(1_000_000)];
        for (var i = 0; i < names.Length; i++)
        {
            names[i] = System.Text.Encoding.ASCII.GetString(reader.Take(reader.Count(256)));
        }
        return names;
    }
}
