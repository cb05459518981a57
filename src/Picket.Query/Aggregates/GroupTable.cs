using System.Text;
using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Query.Store;

namespace Picket.Query.Aggregates;

/// <summary>The groups of an aggregate as batches are added. Not thread-safe.</summary>
public sealed class GroupTable(Aggregation aggregation)
{
    private readonly Dictionary<string, Group> groups = [];
    private readonly StringBuilder key = new();

    private sealed record Group(string?[] Key, long From, Accumulator Measure);

    /// <exception cref="QueryException">There are more than <see cref="Limits.Groups"/> groups.</exception>
    public void Add(EventBatch batch, RowSet rows)
    {
        for (var row = rows.Next(0); row >= 0; row = rows.Next(row + 1))
        {
            var group = Find(batch[row]);
            group.Measure.AddEvent();
            if (aggregation.Metric.Field is { } field && batch[row].TryGet(field, out var value))
            {
                group.Measure.Add(value);
            }
        }
    }

    public AggregateTable ToTable()
    {
        var rows = groups.Values.Select(group => new AggregateRow(group.Key, group.From, group.Measure.Count, group.Measure.Result));
        rows = aggregation.Top > 0
            ? rows.OrderByDescending(row => double.IsNaN(row.Value) ? double.NegativeInfinity : row.Value)
                .ThenBy(row => string.Join('\0', row.Key), StringComparer.Ordinal).Take(aggregation.Top)
            : rows.OrderBy(row => row.From).ThenBy(row => string.Join('\0', row.Key), StringComparer.Ordinal);
        return new AggregateTable([.. rows]);
    }

    private Group Find(EventRow row)
    {
        var from = aggregation.Interval > 0 ? row.Time - (row.Time % aggregation.Interval) : 0;
        key.Clear().Append(from);
        foreach (var field in aggregation.GroupBy)
        {
            // Lengths keep ("a", "bc") and ("ab", "c") apart.
            var part = KeyOf(row, field);
            key.Append('|').Append(part?.Length ?? -1).Append(':').Append(part);
        }
        var text = key.ToString();
        if (!groups.TryGetValue(text, out var group))
        {
            if (groups.Count == Limits.Groups)
            {
                throw new QueryException(
                    QueryException.Failed, $"More than {Limits.Groups:N0} groups. Group by a field with fewer values, or narrow the time or the filter.");
            }
            var parts = new string?[aggregation.GroupBy.Count];
            for (var i = 0; i < parts.Length; i++)
            {
                parts[i] = KeyOf(row, aggregation.GroupBy[i]);
            }
            groups.Add(text, group = new Group(parts, from, Accumulator.For(aggregation.Metric)));
        }
        return group;
    }

    private static string? KeyOf(EventRow row, Field field) =>
        row.TryGet(field, out var value) && value.Kind != ValueKind.Null ? Encoding.UTF8.GetString(value.Text) : null;
}
