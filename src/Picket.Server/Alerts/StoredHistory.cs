using System.Buffers;
using System.Text;
using System.Text.Json;
using Picket.Detection.Alerts;
using Picket.Detection.Windows;
using Picket.Events;
using Picket.Events.Batches;
using Picket.Events.Log;
using Picket.Metastore;
using Picket.Query;
using Picket.Query.Store;
using Picket.Server.Dialects;
using Picket.Server.Http;

namespace Picket.Server.Alerts;

/// <summary>Stored events as detection reads them back. Thread-safe.</summary>
public sealed class StoredHistory(IEventStore store, IEventLog log, AlertTable alerts) : IEventHistory
{
    // Larger events are kept by their ids alone.
    private const int MostBytes = 64 * 1024;

    public IAsyncEnumerable<EventBatch> ReadAsync(TenantId tenant, Filter filter, TimeRange time, ulong before, CancellationToken cancellation) =>
        store.SweepAsync(new SweepRequest(tenant, time, filter) { Before = before }, cancellation).Select(swept => swept.Batch);

    public async ValueTask<IReadOnlyDictionary<string, ulong>> ClosedThroughAsync(TenantId tenant, long from, CancellationToken cancellation) => await alerts.ClosedThroughAsync(tenant, from, cancellation);

    /// <summary>All that an event says, as JSON; null when it is not there any more, or too large.</summary>
    public async ValueTask<string?> ShowAsync(TenantId tenant, EventRef seen)
    {
        using var found = await store.FindAsync(tenant, EventId.From(new LogPosition(log.Durable.Log, seen.Seq), seen.ReceivedAt), CancellationToken.None);
        return found is null ? null : Show(found[0]);
    }

    /// <summary>All that an event says, as JSON; null when it is too large.</summary>
    public string? Show(EventRow row)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, JsonAnswer.Options))
        {
            NativeDialect.Write(json, row, log.Durable.Log);
        }
        return buffer.WrittenCount <= MostBytes ? Encoding.UTF8.GetString(buffer.WrittenSpan) : null;
    }
}
