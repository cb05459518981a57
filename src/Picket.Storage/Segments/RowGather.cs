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
    private readonly ColumnMemory column = new();
    private IReadOnlyList<EventBatch> batches = [];

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
    }

    /// <summary>Names of the columns that any of the batches has.</summary>
    public HashSet<Field> Fields()
    {
        var fields = new HashSet<Field>();
        foreach (var batch in runs.Select(run => run.Batch).Distinct())
        {
            fields.UnionWith(batches[batch].Fields);
        }
        return fields;
    }

    public RowBounds Bounds()
    {
        var bounds = RowBounds.None;
        foreach (var (batch, first, count) in runs)
        {
            var from = batches[batch];
            var tenants = from.Tenants;
            var times = from.Times;
            var received = from.Received;
            var seqs = from.Seqs;
            for (var row = first; row < first + count; row++)
            {
                bounds.Add(tenants[row], times[row], received[row], seqs[row]);
            }
        }
        return bounds;
    }

    public void CopyTenants(Span<uint> into)
    {
        foreach (var (batch, first, count) in runs)
        {
            batches[batch].Tenants.Slice(first, count).CopyTo(into);
            into = into[count..];
        }
    }

    public void CopyTimes(Span<long> into)
    {
        foreach (var (batch, first, count) in runs)
        {
            batches[batch].Times.Slice(first, count).CopyTo(into);
            into = into[count..];
        }
    }

    public void CopyReceived(Span<long> into)
    {
        foreach (var (batch, first, count) in runs)
        {
            batches[batch].Received.Slice(first, count).CopyTo(into);
            into = into[count..];
        }
    }

    public void CopySeqs(Span<long> into)
    {
        foreach (var (batch, first, count) in runs)
        {
            MemoryMarshal.Cast<ulong, long>(batches[batch].Seqs.Slice(first, count)).CopyTo(into);
            into = into[count..];
        }
    }

    /// <summary>The rows' shapes. Holds until the next call.</summary>
    public Column Shapes()
    {
        column.Clear();
        foreach (var (batch, first, count) in runs)
        {
            var from = batches[batch];
            var known = new Dictionary<int, ushort>();
            foreach (var code in from.ShapeCodes.Slice(first, count))
            {
                if (!known.TryGetValue(code, out var entry))
                {
                    known.Add(code, entry = (ushort)column.EntryCount);
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
        var isDictionary = IsDictionary(field);
        var start = 0;
        foreach (var (batch, first, count) in runs)
        {
            if (OwnColumn(batches[batch], field, out var from))
            {
                if (isDictionary)
                {
                    CopyCodes(from, first, count, start);
                }
                else
                {
                    CopyRun(from, first, count, start);
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

    // What the field has in the overflow of a batch stays in the overflow.
    private static bool OwnColumn(EventBatch batch, Field field, out Column column)
    {
        column = default;
        return batch.Source is BlockSource block ? block.TryLoadOwn(field, out column)
            : batch.Source is PackedBatch packed ? packed.TryLoadOwn(field, out column) : batch.TryGetColumn(field, out column);
    }

    // Where every batch has codes, codes are copied and no text.
    private bool IsDictionary(Field field)
    {
        var entries = 0;
        foreach (var (batch, _, _) in runs)
        {
            if (OwnColumn(batches[batch], field, out var from))
            {
                entries += from.Entries.Count;
                if (from.Shape == ColumnShape.Text || entries > Limits.BlockRows)
                {
                    return false;
                }
            }
        }
        return true;
    }

    private void CopyCodes(Column from, int first, int count, int at)
    {
        var offset = column.EntryCount;
        for (var entry = 0; entry < from.Entries.Count; entry++)
        {
            column.AddEntry(from.Entries[entry].Kind, from.Entries[entry].Text);
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
