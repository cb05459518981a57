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

    private static readonly Field ZeekPath = new("_path");
    private static readonly Field ZeekStream = new("@stream");
    private static readonly Field ZeekProcess = new("@proc");

    private readonly Dictionary<(string, string, string), EventSource> windows = [];

    // One for all events of a kind, so that they are looked at together.
    private readonly Dictionary<string, EventSource> sources = [];

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
                var service = WindowsSources.ServiceOf(key.Item1);
                source = Source("windows", service, WindowsSources.CategoriesOf(service, key.Item2, key.Item3));
                if (windows.Count < Remembered)
                {
                    windows.Add(key, source);
                }
            }
            return source;
        }
        if (row.TryGet(CloudTrailVersion, out _) && row.TryGet(CloudTrailSource, out _))
        {
            return CloudTrail;
        }
        // Zeek's own JSON names the log in _path; its streaming writer in @stream.
        return row.TryGet(ZeekPath, out var log) || (row.TryGet(ZeekStream, out log) && row.TryGet(ZeekProcess, out var process) && process.Text.SequenceEqual("zeek"u8))
            ? Source("zeek", Text(log), [])
            : EventSource.Unknown;
    }

    private EventSource Source(string product, string service, IEnumerable<string> categories)
    {
        var set = categories.ToHashSet(StringComparer.Ordinal);
        var key = string.Join('\n', set.Order(StringComparer.Ordinal).Prepend(service).Prepend(product));
        if (!sources.TryGetValue(key, out var source))
        {
            source = new EventSource(product, service, set);
            if (sources.Count < Remembered)
            {
                sources.Add(key, source);
            }
        }
        return source;
    }

    private static string Text(Value value) => Encoding.UTF8.GetString(value.Text);
}
