using System.Runtime.InteropServices;
using Picket.Events.Batches;
using Picket.Events.Schema;

namespace Picket.Storage.Segments;

/// <summary>
/// Rows of several batches as the columns of one block. Neighbouring rows of one batch are copied as one run of bytes, which is what most are. Valid until the
/// batches are disposed or it begins anew; not thread-safe.
/// </summary>
internal sealed class RowGather : IDisposable
{
    private readonly List<(int Batch, int First, int Count)> runs = [];
    private readonly HashSet<int> used = [];
    private readonly Dictionary<int, int> offsets = [];
    private readonly Dictionary<(int Batch, int Code), ushort> shapes = [];
    private readonly ColumnMemory column = new();
    private IReadOnlyList<EventBatch> batches = [];
    private ColumnPointers[] columns = [];
    private SystemPointers[] systems = [];

    private readonly unsafe struct SystemPointers(EventBatch batch)
    {
        public readonly uint* Tenants = (uint*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref MemoryMarshal.GetReference(batch.Tenants));
        public readonly long* Times = (long*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref MemoryMarshal.GetReference(batch.Times));
        public readonly long* Received = (long*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref MemoryMarshal.GetReference(batch.Received));
        public readonly ulong* Seqs = (ulong*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref MemoryMarshal.GetReference(batch.Seqs));
    }

    public int Count { get; private set; }

    public void Begin(IReadOnlyList<EventBatch> from, ReadOnlySpan<RowRef> rows)
    {
        batches = from;
        Count = rows.Length;
        runs.Clear();
        for (var i = 0; i < rows.Length;)
        {
            var (batch, first) = (rows[i].Batch, rows[i].Row);
            var start = i++;
            while (i < rows.Length && rows[i].Batch == batch && rows[i].Row == first + (i - start))
            {
                i++;
            }
            runs.Add((batch, first, i - start));
        }
        used.Clear();
        Array.Resize(ref systems, Math.Max(systems.Length, from.Count));
        Array.Resize(ref columns, Math.Max(columns.Length, from.Count));
        foreach (var (batch, _, _) in runs)
        {
            if (used.Add(batch))
            {
                systems[batch] = new SystemPointers(from[batch]);
            }
        }
    }

    /// <summary>Names of the columns that any of the batches has.</summary>
    public HashSet<Field> Fields()
    {
        var fields = new HashSet<Field>();
        foreach (var batch in used)
        {
            fields.UnionWith(batches[batch].Fields);
        }
        return fields;
    }

    public unsafe RowBounds Bounds()
    {
        var bounds = RowBounds.None;
        foreach (var (batch, first, count) in runs)
        {
            var from = systems[batch];
            for (var row = first; row < first + count; row++)
            {
                bounds.Add(from.Tenants[row], from.Times[row], from.Received[row], from.Seqs[row]);
            }
        }
        return bounds;
    }

    public unsafe void CopyTenants(Span<uint> into)
    {
        foreach (var (batch, first, count) in runs)
        {
            new ReadOnlySpan<uint>(systems[batch].Tenants + first, count).CopyTo(into);
            into = into[count..];
        }
    }

    public unsafe void CopyTimes(Span<long> into)
    {
        foreach (var (batch, first, count) in runs)
        {
            new ReadOnlySpan<long>(systems[batch].Times + first, count).CopyTo(into);
            into = into[count..];
        }
    }

    public unsafe void CopyReceived(Span<long> into)
    {
        foreach (var (batch, first, count) in runs)
        {
            new ReadOnlySpan<long>(systems[batch].Received + first, count).CopyTo(into);
            into = into[count..];
        }
    }

    public unsafe void CopySeqs(Span<long> into)
    {
        foreach (var (batch, first, count) in runs)
        {
            new ReadOnlySpan<long>(systems[batch].Seqs + first, count).CopyTo(into);
            into = into[count..];
        }
    }

    /// <summary>The rows' shapes. Holds until the next call.</summary>
    public Column Shapes()
    {
        column.Clear();
        shapes.Clear();
        foreach (var (batch, first, count) in runs)
        {
            var from = batches[batch];
            foreach (var code in from.ShapeCodes.Slice(first, count))
            {
                if (!shapes.TryGetValue((batch, code), out var entry))
                {
                    shapes.Add((batch, code), entry = (ushort)column.EntryCount);
                    column.AddEntry(ValueKind.Text, from.Shape(code));
                }
                column.Codes.Append(entry);
            }
        }
        column.SettleDictionary(isDense: true);
        return column.View(Count);
    }

    /// <summary>One field's values; none where the rows have none. Holds until the next call.</summary>
    public Column Values(Field field)
    {
        column.Clear();
        foreach (var batch in used)
        {
            columns[batch] = batches[batch].Source.TryLoadOwn(field, out var own) ? new ColumnPointers(own) : default;
        }
        var isDictionary = IsDictionary();
        var start = 0;
        foreach (var (batch, first, count) in runs)
        {
            if (columns[batch].IsThere)
            {
                if (isDictionary)
                {
                    CopyCodes(batch, first, count, start);
                }
                else
                {
                    CopyRun(columns[batch].Column, first, count, start);
                }
            }
            start += count;
        }
        if (column.Rows.Length == 0)
        {
            return default;
        }
        if (isDictionary)
        {
            column.SettleDictionary(column.Rows.Length == Count * sizeof(int));
        }
        else
        {
            column.Settle(Count);
        }
        return column.View(Count);
    }

    public void Dispose() => column.Dispose();

    // Where every batch has codes, codes are copied and no text.
    private bool IsDictionary()
    {
        offsets.Clear();
        var entries = 0;
        foreach (var batch in used)
        {
            if (columns[batch].IsThere)
            {
                var from = columns[batch].Column;
                entries += from.Entries.Count;
                if (from.Shape == ColumnShape.Text || entries > Limits.BlockRows)
                {
                    return false;
                }
            }
        }
        return true;
    }

    private void CopyCodes(int batch, int first, int count, int at)
    {
        var from = columns[batch].Column;
        if (!offsets.TryGetValue(batch, out var offset))
        {
            offsets.Add(batch, offset = column.EntryCount);
            for (var entry = 0; entry < from.Entries.Count; entry++)
            {
                column.AddEntry(from.Entries[entry].Kind, from.Entries[entry].Text);
            }
        }
        for (var i = IndexOf(from, first); i < from.ValueCount && from.Row(i) < first + count; i++)
        {
            column.Rows.Append(at + from.Row(i) - first);
            column.Codes.Append((ushort)(offset + from.Entry(i)));
        }
    }

    private void CopyRun(Column from, int first, int count, int at)
    {
        if (!from.IsDense || from.Shape != ColumnShape.Text)
        {
            CopyOneByOne(from, first, count, at);
            return;
        }
        var entries = from.Entries;
        var start = entries.Start(first);
        var shift = column.Text.Length - start;
        column.Text.Append(entries.Text[start..entries.Ends[first + count - 1]]);
        var ends = MemoryMarshal.Cast<byte, int>(column.Ends.Take(count * sizeof(int)));
        var theirs = entries.Ends.Slice(first, count);
        var rows = MemoryMarshal.Cast<byte, int>(column.Rows.Take(count * sizeof(int)));
        for (var i = 0; i < ends.Length; i++)
        {
            ends[i] = theirs[i] + shift;
            rows[i] = at + i;
        }
        var kinds = column.Kinds.Take(count);
        if (entries.Kinds.IsEmpty)
        {
            kinds.Fill((byte)entries.Kind);
        }
        else
        {
            MemoryMarshal.AsBytes(entries.Kinds.Slice(first, count)).CopyTo(kinds);
        }
    }

    private void CopyOneByOne(Column from, int first, int count, int at)
    {
        for (var i = IndexOf(from, first); i < from.ValueCount && from.Row(i) < first + count; i++)
        {
            var value = from.Entries[from.Entry(i)];
            column.Add(at + from.Row(i) - first, value.Kind, value.Text);
        }
    }

    // The first value at or after a row.
    private static int IndexOf(Column from, int row) => from.IsDense ? row : from.Rows.BinarySearch(row) is var at && at >= 0 ? at : ~at;
}
