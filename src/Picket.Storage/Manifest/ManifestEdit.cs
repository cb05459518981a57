using Picket.Events.Batches;
using Picket.Storage.Files;
using Picket.Storage.Log;

namespace Picket.Storage.Manifest;

/// <summary>One change of what stands, all or nothing: segments added and removed, how far the log is flushed, keys to remember.</summary>
internal sealed record ManifestEdit(IReadOnlyList<string> Added, IReadOnlyList<string> Removed, ulong FlushedThrough, IReadOnlyList<KeyEntry> Keys)
{
    public void Write(NativeBuffer into)
    {
        Names(into, Added);
        Names(into, Removed);
        into.AppendVarint(FlushedThrough);
        into.AppendVarint((ulong)Keys.Count);
        foreach (var key in Keys)
        {
            key.Write(into);
        }
    }

    public static ManifestEdit Read(ref ByteReader reader)
    {
        var added = Names(ref reader);
        var removed = Names(ref reader);
        var flushed = reader.Varint();
        var keys = new KeyEntry[reader.Count(int.MaxValue / 64)];
        for (var i = 0; i < keys.Length; i++)
        {
            keys[i] = KeyEntry.Read(ref reader);
        }
        return new ManifestEdit(added, removed, flushed, keys);
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
