using Picket.Events.Schema;

namespace Picket.Events.Batches;

/// <summary>
/// Events being gathered into columns, by one writer. <see cref="Seal"/> packs them into an <see cref="EventBatch"/> and leaves the builder empty
/// and warm for the next. Not thread-safe.
/// </summary>
public sealed class EventBatchBuilder : IDisposable
{
    private readonly Dictionary<Field, ColumnBuilder> columns = [];
    private readonly NativeBuffer tenants = new();
    private readonly NativeBuffer times = new();
    private readonly NativeBuffer received = new();
    private readonly NativeBuffer seqs = new();
    private readonly NativeBuffer shapeCodes = new();
    private readonly ShapeTable shapes = new();
    private readonly ColumnBuilder levels;
    private readonly ColumnBuilder severities;
    private readonly ColumnBuilder overflow;
    private int columnsInUse;

    public EventBatchBuilder()
    {
        levels = ColumnFor(EventSchema.Level);
        severities = ColumnFor(EventSchema.Severity);
        overflow = ColumnFor(Overflow.Field);
    }

    /// <summary>Events gathered since the last <see cref="Seal"/>.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes of text gathered, near enough to decide when a batch is large.</summary>
    public long Bytes { get; private set; }

    /// <summary>Bytes of native memory it keeps for the next batch.</summary>
    public long HeldBytes => columns.Values.Sum(column => (long)column.HeldBytes);

    /// <summary>Changes with every <see cref="Seal"/>; what was remembered of columns' and shapes' numbers before is void.</summary>
    internal int Epoch { get; private set; }

    /// <summary>Begins the next row; its values follow with <see cref="Add"/>, each field at most once.</summary>
    public void BeginEvent(TenantId tenant, long time, long receivedAt, byte level, byte severity, ulong seq = 0)
    {
        tenants.Append(tenant.Number);
        times.Append(time);
        received.Append(receivedAt);
        seqs.Append(seq);
        levels.AddCode(Count, level);
        severities.AddCode(Count, severity);
        Bytes += 64;
    }

    public void Add(Field field, ValueKind kind, ReadOnlySpan<byte> text) => Add(ColumnFor(field), kind, text);

    internal void Add(ColumnBuilder column, ValueKind kind, ReadOnlySpan<byte> text)
    {
        Bytes += text.Length + 8;
        if (column.Count == 0 && (column.Spills || ++columnsInUse > Limits.BatchColumns))
        {
            overflow.AddPair(Count, column.Field, kind, text);
            Bytes += column.Field.Utf8.Length;
            return;
        }
        column.Add(Count, kind, text);
    }

    public void EndEvent(ReadOnlySpan<byte> shape) => EndEvent(shapes.Add(shape));

    internal void EndEvent(int shapeCode)
    {
        shapeCodes.Append(shapeCode);
        Count++;
    }

    internal int AddShape(ReadOnlySpan<byte> shape) => shapes.Add(shape);

    internal ColumnBuilder ColumnFor(Field field)
    {
        if (!columns.TryGetValue(field, out var column))
        {
            var names = field.Equals(EventSchema.Level) ? Levels.Spellings : field.Equals(EventSchema.Severity) ? Severities.Spellings : null;
            column = new ColumnBuilder(field, names) { Spills = columns.Count > Limits.WarmColumns };
            if (!column.Spills)
            {
                columns.Add(field, column);
            }
        }
        return column;
    }

    /// <summary>Copies all rows of another batch to the end.</summary>
    public void AddRows(EventBatch batch)
    {
        if (MayOverflow(batch.Fields))
        {
            for (var row = 0; row < batch.Count; row++)
            {
                AddRow(batch[row]);
            }
            return;
        }
        Span<int> codes = batch.Count <= 1_024 ? stackalloc int[batch.Count] : new int[batch.Count];
        MapShapes(batch, codes);
        tenants.Append(batch.Tenants);
        times.Append(batch.Times);
        received.Append(batch.Received);
        seqs.Append(batch.Seqs);
        shapeCodes.Append((ReadOnlySpan<int>)codes);
        foreach (var field in batch.Fields)
        {
            if (batch.TryGetColumn(field, out var column))
            {
                var own = ColumnFor(field);
                columnsInUse += own.Count == 0 ? 1 : 0;
                own.AddAll(Count, column);
            }
        }
        Count += batch.Count;
        Bytes += batch.Bytes;
    }

    /// <summary>Copies chosen rows of several batches to the end, in the order given. Column by column, so that each is looked up once a batch.</summary>
    public void AddRows(IReadOnlyList<EventBatch> batches, ReadOnlySpan<RowRef> rows)
    {
        var codes = new int[batches.Count][];
        var fields = new HashSet<Field>();
        for (var i = 0; i < batches.Count; i++)
        {
            codes[i] = new int[batches[i].Count];
            MapShapes(batches[i], codes[i]);
            fields.UnionWith(batches[i].Fields);
        }
        if (MayOverflow(fields))
        {
            foreach (var at in rows)
            {
                AddRow(batches[at.Batch][at.Row]);
            }
            return;
        }
        foreach (var at in rows)
        {
            var batch = batches[at.Batch];
            tenants.Append(batch.Tenants[at.Row]);
            times.Append(batch.Times[at.Row]);
            received.Append(batch.Received[at.Row]);
            seqs.Append(batch.Seqs[at.Row]);
            shapeCodes.Append(codes[at.Batch][at.Row]);
        }
        foreach (var field in fields)
        {
            var own = ColumnFor(field);
            columnsInUse += own.Count == 0 ? 1 : 0;
            AddColumn(own, batches, rows);
        }
        Count += rows.Length;
    }

    /// <summary>Packs what was gathered into an immutable batch and empties the builder.</summary>
    public EventBatch Seal()
    {
        var packed = PackedBatch.Pack(Count, tenants, times, received, seqs, shapeCodes, shapes, columns.Values);
        Clear();
        return new EventBatch(packed);
    }

    public void Clear()
    {
        foreach (var column in columns.Values)
        {
            column.Clear();
        }
        if (columns.Count > Limits.WarmColumns)
        {
            ForgetColumns();
        }
        tenants.Clear();
        times.Clear();
        received.Clear();
        seqs.Clear();
        shapeCodes.Clear();
        shapes.Clear();
        Count = 0;
        Bytes = 0;
        columnsInUse = 0;
        Epoch++;
    }

    public void Dispose()
    {
        foreach (var column in columns.Values)
        {
            column.Dispose();
        }
        columns.Clear();
        tenants.Dispose();
        times.Dispose();
        received.Dispose();
        seqs.Dispose();
        shapeCodes.Dispose();
        shapes.Dispose();
    }

    /// <summary>Counts up each time that columns were forgotten, so that remembered <see cref="ColumnBuilder"/>s are void.</summary>
    internal int ColumnEpoch { get; private set; }

    private void ForgetColumns()
    {
        foreach (var (field, column) in columns)
        {
            if (column != levels && column != severities && column != overflow)
            {
                column.Dispose();
                columns.Remove(field);
            }
        }
        ColumnEpoch++;
    }

    // Column by column would meet the rows' pairs out of order, so then it is row by row.
    private bool MayOverflow(IReadOnlyCollection<Field> fields) =>
        overflow.Count > 0 || columnsInUse + fields.Count > Limits.BatchColumns || fields.Contains(Overflow.Field);

    private void AddRow(EventRow row)
    {
        tenants.Append(row.Tenant.Number);
        times.Append(row.Time);
        received.Append(row.ReceivedAt);
        seqs.Append(row.Seq);
        foreach (var field in row.Batch.Fields)
        {
            if (!row.Batch.Source.TryLoadOwn(field, out var column) || !column.TryGet(row.Row, out var value))
            {
                continue;
            }
            if (!field.Equals(Overflow.Field))
            {
                Add(ColumnFor(field), value.Kind, value.Text);
                continue;
            }
            var pairs = new Overflow.Pairs(value.Text);
            while (pairs.MoveNext())
            {
                Add(ColumnFor(Field.FromUtf8(pairs.Name)), pairs.Kind, pairs.Text);
            }
        }
        EndEvent(row.Shape);
    }

    private void AddColumn(ColumnBuilder into, IReadOnlyList<EventBatch> batches, ReadOnlySpan<RowRef> rows)
    {
        // Runs of rows of one batch share one look at its column.
        for (var i = 0; i < rows.Length;)
        {
            var batch = rows[i].Batch;
            var present = batches[batch].TryGetColumn(into.Field, out var column);
            for (; i < rows.Length && rows[i].Batch == batch; i++)
            {
                if (present && column.TryGet(rows[i].Row, out var value))
                {
                    into.Add(Count + i, value.Kind, value.Text);
                    Bytes += value.Text.Length + 8;
                }
            }
        }
    }

    private void MapShapes(EventBatch batch, Span<int> codes)
    {
        var known = new Dictionary<int, int>();
        for (var row = 0; row < batch.Count; row++)
        {
            var theirs = batch.ShapeCodes[row];
            if (!known.TryGetValue(theirs, out var ours))
            {
                known.Add(theirs, ours = shapes.Add(batch.Shape(theirs)));
            }
            codes[row] = ours;
        }
    }
}
