using System.Text;
using Picket.Events;
using Picket.Events.Batches;
using Picket.Events.Log;
using Picket.Storage.Files;

namespace Picket.Storage.Log;

/// <summary>A bookmark and whose it is.</summary>
internal readonly record struct BookmarkEntry(TenantId Tenant, Bookmark Bookmark);

/// <summary>What is remembered with a commit's events: the idempotency keys of its posts and the bookmarks of its sources.</summary>
internal sealed record RecordNotes(List<KeyEntry> Keys, List<BookmarkEntry> Marks)
{
    private const int MostText = 4 * Bookmarks.MostValueLength;

    public RecordNotes() : this([], [])
    {
    }

    public bool IsEmpty => Keys.Count == 0 && Marks.Count == 0;

    public void AddRange(RecordNotes other)
    {
        Keys.AddRange(other.Keys);
        Marks.AddRange(other.Marks);
    }

    public void Write(NativeBuffer into)
    {
        into.AppendVarint((ulong)Keys.Count);
        foreach (var key in Keys)
        {
            key.Write(into);
        }
        into.AppendVarint((ulong)Marks.Count);
        foreach (var (tenant, bookmark) in Marks)
        {
            into.Append(tenant.Number);
            WriteText(into, bookmark.Source);
            WriteText(into, bookmark.Value);
        }
    }

    public static RecordNotes Read(ref ByteReader reader)
    {
        var notes = new RecordNotes();
        for (var left = reader.Count(int.MaxValue); left > 0; left--)
        {
            notes.Keys.Add(KeyEntry.Read(ref reader));
        }
        for (var left = reader.Count(int.MaxValue); left > 0; left--)
        {
            notes.Marks.Add(new BookmarkEntry(new TenantId(reader.Read<uint>()), new Bookmark(ReadText(ref reader), ReadText(ref reader))));
        }
        return notes;
    }

    private static void WriteText(NativeBuffer into, string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        into.AppendVarint((ulong)utf8.Length);
        into.Append((ReadOnlySpan<byte>)utf8);
    }

    private static string ReadText(ref ByteReader reader) => Encoding.UTF8.GetString(reader.Take(reader.Count(MostText)));
}
