using Picket.Events.Batches;
using Picket.Events.Schema;

namespace Picket.Storage.Scan;

/// <summary>
/// Some rows of a batch. A column is copied when it is first asked for: of a few rows of a block mostly few columns are, and decoding the others takes longer than all else. Reading is
/// thread-safe.
/// </summary>
internal sealed class ChosenRows : ColumnSource
{
    private readonly EventBatch batch;
    private readonly NativeBuffer rows;
    private readonly NativeBuffer tenants;
    private readonly NativeBuffer times;
    private readonly NativeBuffer received;
    private readonly NativeBuffer seqs;
    private readonly Lock gate = new();
    // Null for a field of which these rows have no value.
    private readonly Dictionary<Field, ColumnMemory?> columns = [];
    private NativeBuffer? shapeCodes;

    /// <param name="batch">Disposed with this.</param>
    /// <param name="chosen">Which of its rows.</param>
    public ChosenRows(EventBatch batch, RowSet chosen)
    {
        (this.batch, rows) = (batch, NumbersOf(chosen));
        (tenants, times, received, seqs) = (Chosen(batch.Tenants), Chosen(batch.Times), Chosen(batch.Received), Chosen(batch.Seqs));
        HasOverflow = batch.Fields.Contains(Overflow.Field);
    }

    public override int Count => Rows.Length;
    public override ReadOnlySpan<uint> Tenants => tenants.As<uint>();
    public override ReadOnlySpan<long> Times => times.As<long>();
    public override ReadOnlySpan<long> Received => received.As<long>();
    public override ReadOnlySpan<ulong> Seqs => seqs.As<ulong>();
    public override IReadOnlyList<Field> Fields => batch.Fields;
    protected override bool HasOverflow { get; }
    private ReadOnlySpan<int> Rows => rows.As<int>();

    public override ReadOnlySpan<int> ShapeCodes
    {
        get
        {
            lock (gate)
            {
                return (shapeCodes ??= Chosen(batch.ShapeCodes)).As<int>();
            }
        }
    }

    public override long Bytes
    {
        get
        {
            lock (gate)
            {
                return rows.Capacity + tenants.Capacity + times.Capacity + received.Capacity + seqs.Capacity + columns.Values.Sum(column => column?.Bytes ?? 0);
            }
        }
    }

    public override ReadOnlySpan<byte> Shape(int code) => batch.Shape(code);

    public override bool TryLoadOwn(Field field, out Column column)
    {
        lock (gate)
        {
            if (!columns.TryGetValue(field, out var copied))
            {
                columns.Add(field, copied = Copy(field));
            }
            column = copied is null ? default : copied.View(Count);
            return copied is not null;
        }
    }

    private ColumnMemory? Copy(Field field)
    {
        if (!batch.Source.TryLoadOwn(field, out var from))
        {
            return null;
        }
        var copied = new ColumnMemory();
        for (var i = 0; i < Count; i++)
        {
            if (from.TryGet(Rows[i], out var value))
            {
                copied.Add(i, value.Kind, value.Text);
            }
        }
        copied.Settle(Count);
        if (copied.EntryCount > 0)
        {
            return copied;
        }
        copied.Dispose();
        return null;
    }

    private static NativeBuffer NumbersOf(RowSet chosen)
    {
        var rows = new NativeBuffer();
        for (var row = chosen.Next(0); row >= 0; row = chosen.Next(row + 1))
        {
            rows.Append(row);
        }
        return rows;
    }

    private NativeBuffer Chosen<T>(ReadOnlySpan<T> of)
        where T : unmanaged
    {
        var chosen = new NativeBuffer();
        foreach (var row in Rows)
        {
            chosen.Append(of[row]);
        }
        return chosen;
    }

    protected override void Free()
    {
        foreach (var column in columns.Values)
        {
            column?.Dispose();
        }
        foreach (var buffer in (NativeBuffer?[])[rows, tenants, times, received, seqs, shapeCodes])
        {
            buffer?.Dispose();
        }
        batch.Dispose();
    }
}
