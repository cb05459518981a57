using System.Diagnostics.Metrics;
using Picket.Events.Parsing;
using Picket.Server.Metrics;

namespace Picket.Server.Ingest;

/// <summary>What came in. Instruments are documented in <c>docs/metrics.md</c>. Thread-safe.</summary>
public sealed class IngestMetrics
{
    private readonly Counter<long> accepted;
    private readonly Counter<long> rejected;
    private readonly Counter<long> repeated;
    private readonly Counter<long> refused;
    private readonly Counter<long> capped;
    private readonly Histogram<double> duration;

    public IngestMetrics(IMeterFactory meters, TimeProvider time)
    {
        var meter = meters.Create("Picket.Ingest");
        accepted = meter.CreateCounter<long>("picket.ingest.events", "{event}", "Events acknowledged as stored");
        rejected = meter.CreateCounter<long>("picket.ingest.rejected", "{event}", "Items refused because of what they are");
        repeated = meter.CreateCounter<long>("picket.ingest.repeated", "{event}", "Events not stored again because their idempotency key had been seen");
        refused = meter.CreateCounter<long>("picket.ingest.refused", "{request}", "Requests refused because the server had no room, by reason");
        capped = meter.CreateCounter<long>("picket.ingest.capped", "{event}", "Times a cap bit, by cap");
        duration = meter.CreateHistogram<double>("picket.ingest.duration", "s", "From a request's first byte read to its acknowledgement");
        Latencies = new LatencyWindow();
        Rate = new RateWindow(time);
    }

    public LatencyWindow Latencies { get; }

    public RateWindow Rate { get; }

    public long Rejected { get; private set; }

    public void Stored(int events)
    {
        accepted.Add(events);
        Rate.Add(events);
    }

    public void Repeated(int events) => repeated.Add(events);

    public void Refused(string reason) => refused.Add(1, new KeyValuePair<string, object?>("reason", reason));

    public void Ended(TimeSpan took, long rejectedItems, ParseCounts counts)
    {
        duration.Record(took.TotalSeconds);
        Latencies.Add(took.TotalMilliseconds);
        if (rejectedItems > 0)
        {
            rejected.Add(rejectedItems);
            lock (Latencies)
            {
                Rejected += rejectedItems;
            }
        }
        Capped("value_bytes", counts.ValuesCut);
        Capped("fields", counts.TooManyFields);
        Capped("event_bytes", counts.TooLarge);
        Capped("nesting", counts.TooDeep);
        Capped("name_bytes", counts.NamesCut);
        Capped("utf8", counts.Repaired);
        Capped("time", counts.TimesMoved);
        Capped("names_remembered", counts.NamesForgotten);
    }

    private void Capped(string cap, long times)
    {
        if (times > 0)
        {
            capped.Add(times, new KeyValuePair<string, object?>("cap", cap));
        }
    }
}
