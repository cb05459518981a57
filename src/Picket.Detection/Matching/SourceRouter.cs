using System.Text;
using Picket.Events.Batches;
using Picket.Events.Schema;

namespace Picket.Detection.Matching;

/// <summary>Tells where each event of a batch comes from. What it found for values met before is remembered, within a bound. Not thread-safe.</summary>
internal sealed class SourceRouter
{
    private const int Remembered = 10_000;

    private static readonly Field Channel = new("Channel");
    private static readonly Field EventId = new("EventID");
    private static readonly Field EventType = EventSchema.Resolve("EventType");
    private static readonly Field CloudTrailVersion = new("eventVersion");
    private static readonly Field CloudTrailSource = new("eventSource");
    private static readonly EventSource CloudTrail = new("aws", "cloudtrail", new HashSet<string>());

    private readonly Dictionary<(string, string, string), EventSource> windows = [];

    /// <summary>Each source there is in the batch, with its rows.</summary>
    public IReadOnlyList<(EventSource Source, RowSet Rows)> Route(EventBatch batch)
    {
        var found = new Dictionary<EventSource, RowSet>(ReferenceEqualityComparer.Instance);
        for (var row = 0; row < batch.Count; row++)
        {
            var source = Of(batch[row]);
            if (!found.TryGetValue(source, out var rows))
            {
                found.Add(source, rows = new RowSet(batch.Count));
            }
            rows.Add(row);
        }
        return [.. found.Select(pair => (pair.Key, pair.Value))];
    }

    private EventSource Of(EventRow row)
    {
        if (row.TryGet(Channel, out var channel) && row.TryGet(EventId, out var id))
        {
            var key = (Text(channel), Text(id), row.TryGet(EventType, out var type) ? Text(type) : "");
            if (!windows.TryGetValue(key, out var source))
            {
                source = WindowsSources.Of(key.Item1, key.Item2, key.Item3);
                if (windows.Count < Remembered)
                {
                    windows.Add(key, source);
                }
            }
            return source;
        }
        return row.TryGet(CloudTrailVersion, out _) && row.TryGet(CloudTrailSource, out _) ? CloudTrail : EventSource.Unknown;
    }

    private static string Text(Value value) => Encoding.UTF8.GetString(value.Text);
}
