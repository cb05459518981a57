using System.Text;
using Picket.Events;
using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Query;
using Picket.Query.Operators;

namespace Picket.Testing;

/// <summary>The oracle: a filter's meaning for one event, a value at a time, with no thought of speed.</summary>
public static class PlainMatch
{
    public static bool Holds(Filter filter, EventRow row)
    {
        switch (filter)
        {
            case Filter.And and:
                foreach (var part in and.Parts)
                {
                    if (!Holds(part, row))
                    {
                        return false;
                    }
                }
                return true;
            case Filter.Or or:
                foreach (var part in or.Parts)
                {
                    if (Holds(part, row))
                    {
                        return true;
                    }
                }
                return false;
            case Filter.Not not:
                return !Holds(not.Part, row);
            case Filter.Term { Field: var field, Operator: var op }:
                if (field.Equals(EventSchema.Ts) || field.Equals(EventSchema.ReceivedAt))
                {
                    var text = Encoding.ASCII.GetBytes(Instant.Format(field.Equals(EventSchema.Ts) ? row.Time : row.ReceivedAt));
                    return op.Matches(new Value(ValueKind.Instant, text));
                }
                return (row.TryGet(field, out var value) && op.Matches(value)) || (op is Exists && HasMember(field, row));
            case Filter.AnyField any:
                foreach (var name in row.Batch.Fields)
                {
                    if (!EventSchema.IsAdded(name) && row.TryGet(name, out var there) && any.Operator.Matches(there))
                    {
                        return true;
                    }
                }
                return false;
            case Filter.SameAs same:
                return row.TryGet(same.Field, out var one) && row.TryGet(same.Other, out var other) && SameValue.Holds(same, one, other);
            default:
                throw new InvalidOperationException($"{filter} is of no known kind.");
        }
    }

    private static bool HasMember(Field field, EventRow row)
    {
        foreach (var member in row.Batch.Fields)
        {
            if (member.Name.StartsWith(field.Name + ".", StringComparison.Ordinal) && row.TryGet(member, out var value) && value.Kind != ValueKind.Null)
            {
                return true;
            }
        }
        return false;
    }
}
