using System.Collections.Concurrent;
using Picket.Events;
using Picket.Events.Log;

namespace Picket.Storage.Log;

/// <summary>The last bookmark of each source. Bounded; past the bound new sources' appends are refused, for to forget one would double its events. Thread-safe.</summary>
internal sealed class Bookmarks
{
    public const int MostSourceLength = 256;
    public const int MostValueLength = 1_024;

    private readonly ConcurrentDictionary<(TenantId, string), Bookmark> bySource = new();

    public int Count => bySource.Count;

    public IEnumerable<BookmarkEntry> All => bySource.Select(pair => new BookmarkEntry(pair.Key.Item1, pair.Value));

    public Bookmark? Find(TenantId tenant, string source) => bySource.TryGetValue((tenant, source), out var bookmark) ? bookmark : null;

    public bool HasRoomFor(TenantId tenant, Bookmark bookmark) => bySource.Count < Limits.Bookmarks || bySource.ContainsKey((tenant, bookmark.Source));

    public void Set(BookmarkEntry entry) => bySource[(entry.Tenant, entry.Bookmark.Source)] = entry.Bookmark;
}
