using Picket.Events.Schema;

namespace Picket.Events.Batches;

/// <summary>
/// Events as columns: a handle on immutable memory. Whoever holds one disposes it once; <see cref="Share"/> makes another handle on
/// the same memory, and the last disposed frees it. A disposed handle throws, never reads. Reading is thread-safe.
/// </summary>
public sealed class EventBatch(ColumnSource source) : IDisposable
{
    private ColumnSource? source = source;

    public int Count => Source.Count;
    public ReadOnlySpan<uint> Tenants => Source.Tenants;
    public ReadOnlySpan<long> Times => Source.Times;
    public ReadOnlySpan<long> Received => Source.Received;
    public ReadOnlySpan<ulong> Seqs => Source.Seqs;
    public ReadOnlySpan<int> ShapeCodes => Source.ShapeCodes;
    public IReadOnlyList<Field> Fields => Source.Fields;
    public long Bytes => Source.Bytes;

    public EventRow this[int row] => new(this, row);

    /// <summary>Where the columns come from; for the room that made it.</summary>
    public ColumnSource Source => source ?? throw new ObjectDisposedException(nameof(EventBatch));

    public ReadOnlySpan<byte> Shape(int code) => Source.Shape(code);

    public bool TryGetColumn(Field field, out Column column) => Source.TryLoad(field, out column);

    /// <summary>The column as numbers, where the batch keeps it so.</summary>
    public bool TryGetNumbers(Field field, out Numbers numbers) => Source.TryLoadNumbers(field, out numbers);

    /// <summary>The instants of a field that is a time; every row has one, and no column does.</summary>
    public bool TryGetTimes(Field field, out ReadOnlySpan<long> times)
    {
        times = field.Equals(EventSchema.Ts) ? Times : field.Equals(EventSchema.ReceivedAt) ? Received : default;
        return EventSchema.IsTime(field);
    }

    public EventBatch Share()
    {
        Source.AddReference();
        return new EventBatch(Source);
    }

    public void Dispose() => Interlocked.Exchange(ref source, null)?.RemoveReference();
}
