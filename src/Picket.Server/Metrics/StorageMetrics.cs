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
        meter.CreateObservableGauge("picket.storage.segments.small", () => (long)store.Statistics.SmallSegments, "{segment}", "Of those, so small that merging them is due");
        meter.CreateObservableCounter("picket.storage.segments.expired", () => store.Statistics.SegmentsExpired, "{segment}", "Segments dropped because all their events had expired");
        meter.CreateObservableGauge("picket.storage.segments.damaged", () => store.Statistics.SegmentsDamaged, "{segment}", "Segments that could not be opened at start");
        meter.CreateObservableGauge("picket.storage.metadata", () => store.Statistics.MetadataBytes, "By", "Memory that open segments take");
        meter.CreateObservableGauge("picket.storage.memory", () => store.Statistics.MemoryBytes, "By", "Events not yet in segments");
        meter.CreateObservableGauge("picket.storage.generations.waiting", () => (long)store.Statistics.GenerationsWaiting, "{generation}", "Generations sealed and waiting for their flush");
        meter.CreateObservableGauge("picket.storage.log.kept", () => (long)store.Statistics.LogFilesKept, "{file}", "Files of the log kept for who follows it and is behind");
        meter.CreateObservableGauge("picket.storage.appends", () => store.Statistics.WaitingBytes, "By", "Appends not yet written");
        meter.CreateObservableCounter("picket.storage.merges", () => store.Statistics.Merges, "{merge}", "Merges done");
        meter.CreateObservableCounter("picket.storage.merges.failed", () => store.Statistics.MergeFailures, "{merge}", "Merges that failed and were or will be tried again");
        meter.CreateObservableCounter("picket.storage.merges.behind", () => store.Statistics.CommitsSlowed, "{commit}", "Commits that waited for merging because there were too many small segments");
        meter.CreateObservableGauge("picket.storage.cache", () => store.Statistics.CacheBytes, "By", "Decoded columns and answers kept for the next question");
        meter.CreateObservableCounter("picket.storage.cache.hits", () => store.Statistics.CacheHits, "{part}", "Parts found in the cache");
        meter.CreateObservableCounter("picket.storage.cache.misses", () => store.Statistics.CacheMisses, "{part}", "Parts that had to be read and decoded");
        meter.CreateObservableCounter("picket.storage.keys.evicted", () => store.Statistics.KeysEvicted, "{key}", "Idempotency keys forgotten before their time");
        meter.CreateObservableGauge("picket.storage.bookmarks", () => (long)store.Statistics.Bookmarks, "{source}", "Sources whose bookmarks are remembered");
        meter.CreateObservableGauge("picket.storage.set_aside", () => store.Statistics.BytesSetAside, "By", "Damaged bytes found at start and set aside");
        meter.CreateObservableCounter("picket.storage.failures", () => store.Statistics.WriteFailures, "{failure}", "Writes and flushes that failed");
        meter.CreateObservableGauge("picket.query.answers", () => store.Statistics.AnswerBytes, "By", "Groups and pages of questions under way");
        meter.CreateObservableCounter("picket.query.answers.refused", () => store.Statistics.AnswersRefused, "{query}", "Questions ended because their answers took too much memory");
        meter.CreateObservableCounter("picket.query.blocks.known", () => store.Statistics.BlocksKnown, "{block}", "Blocks whose answer to a filter was in the cache");
        meter.CreateObservableCounter("picket.query.blocks.matched", () => store.Statistics.BlocksMatched, "{block}", "Blocks that a filter had to be run over");
        meter.CreateObservableCounter("picket.query.tables.known", () => store.Statistics.TablesKnown, "{query}", "Aggregates whose table was in the cache");
        meter.CreateObservableCounter("picket.query.tables.made", () => store.Statistics.TablesMade, "{query}", "Aggregates over segments alone whose table had to be made");
        meter.CreateObservableGauge("picket.query.waiting", () => (long)store.Statistics.QueriesWaiting, "{query}", "Questions waiting for a thread");
        meter.CreateObservableCounter("picket.query.refused", () => store.Statistics.QueriesRefused, "{query}", "Questions refused because too many waited");
        meter.CreateObservableGauge("picket.ingest.in_flight", () => pipeline.BytesInFlight, "By", "Bodies being read and parsed");
    }
}
