using Picket.Events.Batches;
using Picket.Events.Schema;

namespace Picket.Detection.Windows;

/// <summary>What the senders of a batch's events call themselves: the source, else the application, else the host, as in answers.</summary>
internal readonly ref struct SourceNames
{
    private readonly Name source;
    private readonly Name app;
    private readonly Name host;

    public SourceNames(EventBatch batch)
    {
        source = new Name(batch, EventSchema.Source);
        app = new Name(batch, EventSchema.App);
        host = new Name(batch, EventSchema.Host);
    }


    /// <summary>Empty where there is none.</summary>
    public ReadOnlySpan<byte> Of(int row) => source.Of(row) is { IsEmpty: false } first ? first : app.Of(row) is { IsEmpty: false } second ? second : host.Of(row);

    private readonly ref struct Name
    {
        private readonly bool isThere;
        private readonly Column column;

        public Name(EventBatch batch, Field field) => isThere = batch.TryGetColumn(field, out column);

        public ReadOnlySpan<byte> Of(int row) => isThere && column.TryGet(row, out var value) && value.Kind != ValueKind.Null ? value.Text : default;
    }
}
