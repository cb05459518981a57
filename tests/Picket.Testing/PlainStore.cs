using Picket.Events;
using Picket.Events.Batches;
using Picket.Query;

namespace Picket.Testing;

/// <summary>The oracle of stores: a list of single-event batches, in the order of their numbers.</summary>
public sealed class PlainStore : IDisposable
{
    private readonly List<(TenantId Tenant, ulong Seq, EventBatch Event)> events = [];

    public int Count => events.Count;

    public void Add(TenantId tenant, ulong seq, string json, long? receivedAt = null) => events.Add((tenant, seq, Some.BatchOf(tenant, receivedAt ?? Some.Instant, json)));

    /// <summary>Matching events as sent, newest first (or oldest first).</summary>
    /// <param name="cutOff">Events kept since before this have expired.</param>
    public List<string> Search(TenantId tenant, TimeRange time, Filter filter, bool newestFirst = true, long cutOff = 0)
    {
        var found = new List<(long Time, ulong Seq, string Json)>();
        foreach (var (owner, seq, batch) in events)
        {
            var row = batch[0];
            if (owner == tenant && time.Contains(row.Time) && Math.Max(row.Time, row.ReceivedAt) >= cutOff && PlainMatch.Holds(filter, row))
            {
                found.Add((row.Time, seq, Some.Original(row)));
            }
        }
        found.Sort((a, b) => (a.Time, a.Seq).CompareTo((b.Time, b.Seq)) * (newestFirst ? -1 : 1));
        return [.. found.Select(hit => hit.Json)];
    }

    public void Dispose() => events.ForEach(item => item.Event.Dispose());
}
