using Picket.Events.Batches;
using Picket.Events.Schema;

namespace Picket.Query.Sorting;

/// <param name="Field">What to compare.</param>
/// <param name="IsDescending">The greatest first. Rows without the field come last in any case.</param>
public sealed record SortKey(Field Field, bool IsDescending = false);

/// <summary>An order of events: by the first field, equal ones by the next. Immutable, thread-safe.</summary>
public sealed record SortOrder(IReadOnlyList<SortKey> Keys)
{
    /// <summary>What an event is compared by.</summary>
    public SortValue[] Read(EventRow row)
    {
        var values = new SortValue[Keys.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = Read(row, i);
        }
        return values;
    }

    /// <summary>Its part by one of the keys.</summary>
    public SortValue Read(EventRow row, int key)
    {
        var field = Keys[key].Field;
        return row.Batch.TryGetTimes(field, out var times) ? new SortValue(times[row.Row]) : row.TryGet(field, out var value) ? SortValue.Of(value) : SortValue.None;
    }

    public int Compare(SortValue[] a, SortValue[] b)
    {
        for (var i = 0; i < Keys.Count; i++)
        {
            var compared = a[i].CompareTo(b[i], Keys[i].IsDescending);
            if (compared != 0)
            {
                return compared;
            }
        }
        return 0;
    }
}
