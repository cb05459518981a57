using Picket.Events.Batches;
using Picket.Events.Schema;

namespace Picket.Query.Operators;

/// <summary>There is a value, and it is not <c>null</c>, or one beneath it: <c>http:*</c> holds where there is an <c>http.url</c>. Empty text and <c>[]</c> are values.</summary>
public sealed record Exists : Operator
{
    public override bool MatchesScalar(Value value) => true;

    protected override bool MatchesJson(Value value) => true;

    public override Need NeedOn(Field field) => new Need.Present(field, OrMember: true);

    /// <summary>Adds the rows with a value in a field beneath one.</summary>
    internal static void MatchMembers(EventBatch batch, Field field, RowSet into)
    {
        foreach (var member in batch.Fields)
        {
            if (member.IsWithin(field) && batch.TryGetColumn(member, out var column))
            {
                for (var i = 0; i < column.ValueCount; i++)
                {
                    if (column.Entries[column.Entry(i)].Kind != ValueKind.Null)
                    {
                        into.Add(column.Row(i));
                    }
                }
            }
            else if (member.Equals(Overflow.Field) && batch.TryGetColumn(member, out var overflow))
            {
                for (var i = 0; i < overflow.ValueCount; i++)
                {
                    if (HasMember(overflow.Entries[overflow.Entry(i)].Text, field))
                    {
                        into.Add(overflow.Row(i));
                    }
                }
            }
        }
    }

    private static bool HasMember(ReadOnlySpan<byte> pairs, Field field)
    {
        for (var pair = new Overflow.Pairs(pairs); pair.MoveNext();)
        {
            if (pair.Kind != ValueKind.Null && field.Holds(pair.Name))
            {
                return true;
            }
        }
        return false;
    }

    public override string Print(BareText bare) => "*";
}
