using Picket.Events.Schema;

namespace Picket.Events.Batches;

/// <summary>One event of a batch. A view; it holds as long as the batch does.</summary>
public readonly ref struct EventRow(EventBatch batch, int row)
{
    public EventBatch Batch { get; } = batch;
    public int Row { get; } = row;

    public TenantId Tenant => new(Batch.Tenants[Row]);
    public long Time => Batch.Times[Row];
    public long ReceivedAt => Batch.Received[Row];
    public ulong Seq => Batch.Seqs[Row];
    public ReadOnlySpan<byte> Shape => Batch.Shape(Batch.ShapeCodes[Row]);

    public bool TryGet(Field field, out Value value)
    {
        value = default;
        return Batch.TryGetColumn(field, out var column) && column.TryGet(Row, out value);
    }
}
