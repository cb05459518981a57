using System.Runtime.CompilerServices;
using System.Text;
using Picket.Detection.Windows;
using Picket.Events;
using Picket.Events.Batches;
using Picket.Events.Parsing;
using Picket.Query;

namespace Picket.Detection.Tests.Windows;

/// <summary>Events that are all stored, whatever was looked at.</summary>
internal sealed class PlainHistory(EventBatch all, Dictionary<string, List<PlainAlerts.Closing>> closings) : IEventHistory
{
    public async IAsyncEnumerable<EventBatch> ReadAsync(TenantId tenant, Filter filter, TimeRange time, ulong before, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await Task.Yield();
        var found = new RowSet();
        new Matcher(filter).Match(all, found);
        var rows = Enumerable.Range(0, all.Count).Where(row => found.Contains(row) && time.Contains(all.Times[row]) && all.Seqs[row] < before).Select(row => new RowRef(0, row)).ToArray();
        // A store reads segments in no order of time.
        foreach (var some in rows.Chunk(7).Reverse())
        {
            using var builder = new EventBatchBuilder();
            builder.AddRows([all], some);
            yield return builder.Seal();
        }
    }

    public ValueTask<IReadOnlyDictionary<string, ulong>> ClosedThroughAsync(TenantId tenant, long from, CancellationToken cancellation) =>
        ValueTask.FromResult<IReadOnlyDictionary<string, ulong>>(closings.ToDictionary(pair => pair.Key, pair => pair.Value[^1].Through));

    /// <summary>Events of groups, numbered as they come.</summary>
    public static EventBatch Batch(IEnumerable<(char Group, PlainAlerts.Seen Seen)> events, long receivedAt) => Batch(events.Select(one => (one.Group, one.Seen, "s", receivedAt)));

    /// <summary>Events of groups, numbered as they come, each of a source and received at a time.</summary>
    public static EventBatch Batch(IEnumerable<(char Group, PlainAlerts.Seen Seen, string Source, long ReceivedAt)> events)
    {
        var all = events.ToArray();
        using var parser = new EventParser();
        foreach (var (group, seen, source, receivedAt) in all)
        {
            parser.ReceivedAt = receivedAt;
            // Groups are told apart without regard to case.
            var name = seen.Seq % 2 == 0 ? group : char.ToUpperInvariant(group);
            Assert.True(parser.TryParse(Encoding.UTF8.GetBytes($"{{\"x\":1,\"g\":\"{name}\",\"v\":\"{seen.Value}\",\"n\":{seen.Number},\"app\":\"{source}\",\"ts\":\"{Instant.Format(seen.Time)}\"}}"), 0));
        }
        var batch = parser.Into.Seal();
        ((PackedBatch)batch.Source).AssignSeqs(all[0].Seen.Seq);
        return batch;
    }
}
