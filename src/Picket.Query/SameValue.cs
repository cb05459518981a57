using Picket.Events.Batches;
using Picket.Query.Text;

namespace Picket.Query;

/// <summary>Compares two fields of an event. An array satisfies what one of its members does only as a whole: it is compared as its text.</summary>
public static class SameValue
{
    /// <summary>Whether it holds for these values.</summary>
    public static bool Holds(Filter.SameAs same, Value value, Value other)
    {
        if (value.Kind == ValueKind.Null || other.Kind == ValueKind.Null)
        {
            return false;
        }
        var text = same.CaseCounts ? value.Text : CaseFold.Fold(value.Text);
        var part = same.CaseCounts ? other.Text : CaseFold.Fold(other.Text);
        return same.Place switch
        {
            LiteralPlace.Start => text.StartsWith(part),
            LiteralPlace.End => text.EndsWith(part),
            LiteralPlace.Anywhere => text.IndexOf(part) >= 0,
            _ => text.SequenceEqual(part),
        };
    }

    internal static void Match(Filter.SameAs same, EventBatch batch, RowSet rows)
    {
        if (!batch.TryGetColumn(same.Field, out var column) || !batch.TryGetColumn(same.Other, out var others))
        {
            return;
        }
        for (var i = 0; i < column.ValueCount; i++)
        {
            if (others.TryGet(column.Row(i), out var other) && Holds(same, column.Entries[column.Entry(i)], other))
            {
                rows.Add(column.Row(i));
            }
        }
    }

    internal static string NameOf(Filter.SameAs same) => same.Place switch { LiteralPlace.Start => "starts", LiteralPlace.End => "ends", LiteralPlace.Anywhere => "contains", _ => "same" };
}
