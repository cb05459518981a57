using Picket.Events.Schema;

namespace Picket.Events.Batches;

/// <summary>
/// Where a batch's columns come from: memory just sealed, a log record, or a segment's block that decodes what is asked for.
/// Counted references: the last <see cref="EventBatch"/> handle to be disposed frees it. Reading is thread-safe.
/// </summary>
public abstract class ColumnSource
{
    private readonly Lock gate = new();
    // Null for a field that the overflow has not, so that it is not looked for again.
    private Dictionary<Field, ColumnMemory?>? gathered;
    private int references = 1;

    public abstract int Count { get; }
    public abstract ReadOnlySpan<uint> Tenants { get; }

    /// <summary>When each event happened; ns since 1970.</summary>
    public abstract ReadOnlySpan<long> Times { get; }

    /// <summary>When each event was received; ns since 1970.</summary>
    public abstract ReadOnlySpan<long> Received { get; }

    public abstract ReadOnlySpan<ulong> Seqs { get; }

    /// <summary>For each event the number of its shape; see <see cref="Shape"/>.</summary>
    public abstract ReadOnlySpan<int> ShapeCodes { get; }

    public abstract ReadOnlySpan<byte> Shape(int code);

    /// <summary>Names of the columns there are, in no order; <see cref="Overflow.Field"/> among them stands for further fields.</summary>
    public abstract IReadOnlyList<Field> Fields { get; }

    /// <summary>All values of a field, those in the overflow too.</summary>
    public bool TryLoad(Field field, out Column column)
    {
        var has = TryLoadOwn(field, out column);
        return HasOverflow && !field.Equals(Overflow.Field) ? TryGather(field, has, ref column) : has;
    }

    /// <summary>Only what stands in a column of the field's own, not what is in the overflow.</summary>
    public abstract bool TryLoadOwn(Field field, out Column column);

    /// <summary>The column as numbers, where it is kept so; every value is then a number. False says nothing of the values.</summary>
    public virtual bool TryLoadNumbers(Field field, out Numbers numbers)
    {
        numbers = default;
        return false;
    }

    /// <summary>Bytes of native memory it holds.</summary>
    public abstract long Bytes { get; }

    /// <summary>Whether some fields stand in <see cref="Overflow.Field"/>.</summary>
    protected virtual bool HasOverflow => false;

    protected abstract void Free();

    internal void AddReference()
    {
        ObjectDisposedException.ThrowIf(Interlocked.Increment(ref references) <= 1, typeof(EventBatch));
    }

    internal void RemoveReference()
    {
        if (Interlocked.Decrement(ref references) == 0)
        {
            foreach (var column in gathered?.Values ?? Enumerable.Empty<ColumnMemory?>())
            {
                column?.Dispose();
            }
            Free();
        }
    }

    // Made once for whoever asks, and kept until the source goes, since columns are views of it.
    private bool TryGather(Field field, bool hasOwn, ref Column column)
    {
        lock (gate)
        {
            if (gathered is null || !gathered.TryGetValue(field, out var found))
            {
                TryLoadOwn(Overflow.Field, out var overflow);
                found = Overflow.Load(field, overflow, hasOwn, column);
                (gathered ??= []).Add(field, found);
            }
            if (found is null)
            {
                return hasOwn;
            }
            column = found.View(Count);
            return true;
        }
    }
}
