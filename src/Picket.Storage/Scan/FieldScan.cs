using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Query;
using Picket.Query.Store;

namespace Picket.Storage.Scan;

/// <summary>Which fields a tenant's events have. A block that is wholly asked for tells it by its header; of others the columns are read, for a block can be of several tenants.</summary>
internal sealed class FieldScan(FieldsRequest request, StoreSnapshot snapshot, CancellationToken cancellation)
{
    private readonly Dictionary<Field, (long Events, int Kinds)> found = [];

    /// <summary>The most frequent first; not more than <see cref="Query.Limits.ListedFields"/>.</summary>
    public IReadOnlyList<FieldSummary> Run()
    {
        var plan = new ScanPlan(snapshot, request.Tenant, request.Time, request.Filter, ulong.MaxValue, request.Counts);
        var (matcher, rows) = (new Matcher(request.Filter), new RowSet());
        foreach (var unit in plan.Units())
        {
            cancellation.ThrowIfCancellationRequested();
            if (request.Filter == Filter.Everything && plan.Mask.HoldsAll(unit.Bounds) && unit.Facts is { } facts)
            {
                Add(EventSchema.Ts, unit.Bounds.Rows, 1 << (int)ValueKind.Instant);
                foreach (var (field, values, kinds) in facts)
                {
                    Add(field, values, kinds);
                }
                continue;
            }
            using var batch = plan.Open(unit, plan.Mask, matcher, rows);
            if (!rows.IsEmpty)
            {
                Look(batch, rows);
            }
        }
        return
        [
            .. found.OrderByDescending(pair => pair.Value.Events).ThenBy(pair => pair.Key.Name, StringComparer.Ordinal)
                .Select(pair => new FieldSummary(pair.Key, pair.Value.Events, [.. Enum.GetValues<ValueKind>().Where(kind => (pair.Value.Kinds & (1 << (int)kind)) != 0)])),
        ];
    }

    private void Look(EventBatch batch, RowSet rows)
    {
        Add(EventSchema.Ts, rows.Count, 1 << (int)ValueKind.Instant);
        foreach (var field in batch.Fields)
        {
            if (!batch.TryGetColumn(field, out var column))
            {
                continue;
            }
            var (events, kinds) = (0, 0);
            for (var i = 0; i < column.ValueCount; i++)
            {
                if (rows.Contains(column.Row(i)))
                {
                    events++;
                    kinds |= 1 << (int)column.Entries[column.Entry(i)].Kind;
                    if (field.Equals(Overflow.Field))
                    {
                        LookInto(column.Entries[column.Entry(i)].Text);
                    }
                }
            }
            if (!field.Equals(Overflow.Field))
            {
                Add(field, events, kinds);
            }
        }
    }

    private void LookInto(ReadOnlySpan<byte> pairs)
    {
        for (var pair = new Overflow.Pairs(pairs); pair.MoveNext();)
        {
            Add(Field.FromUtf8(pair.Name), 1, 1 << (int)pair.Kind);
        }
    }

    private void Add(Field field, long events, int kinds)
    {
        if (events > 0 && (found.Count < Query.Limits.ListedFields || found.ContainsKey(field)))
        {
            var before = found.GetValueOrDefault(field);
            found[field] = (before.Events + events, before.Kinds | kinds);
        }
    }
}
