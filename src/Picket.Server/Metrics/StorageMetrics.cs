using System.Diagnostics.Metrics;
using Picket.Server.Ingest;
using Picket.Storage;

namespace Picket.Server.Metrics;

/// <summary>What the engine holds, read when asked.</summary>
public sealed class StorageMetrics
{
    public StorageMetrics(IMeterFactory meters, EmbeddedStore store, IngestPipeline pipeline)
    {
        var meter = meters.Create("Picket.Storage");
        meter.CreateObservableCounter("picket.storage.events", () => (long)store.Statistics.LastSeq, "{event}", "Events ever made durable in this data folder");
        meter.CreateObservableGauge("picket.storage.segments", () => (long)store.Statistics.Segments, "{segment}", "Segments that stand");
        meter.CreateObservableGauge("picket.storage.segments.size", () => store.Statistics.SegmentBytes, "By", "Their size");
        meter.CreateObservableGauge("picket.storage.memory", () => store.Statistics.MemoryBytes, "By", "Events not yet in segments");
        meter.CreateObservableGauge("picket.storage.appends", () => store.Statistics.WaitingBytes, "By", "Appends not yet written");
        meter.CreateObservableCounter("picket.storage.keys.evicted", () => store.Statistics.KeysEvicted, "{key}", "Idempotency keys forgotten before their time");
        meter.CreateObservableGauge("picket.storage.set_aside", () => store.Statistics.BytesSetAside, "By", "Damaged bytes found at start and set aside");
        meter.CreateObservableCounter("picket.storage.failures", () => store.Statistics.WriteFailures, "{failure}", "Writes and flushes that failed");
        meter.CreateObservableGauge("picket.ingest.in_flight", () => pipeline.BytesInFlight, "By", "Bodies being read and parsed");
    }
}
