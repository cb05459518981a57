using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Query.Language;
using Picket.Query.Text;

namespace Picket.Query.Operators;

/// <summary>The value is the text.</summary>
public sealed record EqualTo(string Text) : TextOperator(Text)
{
    public override bool MatchesScalar(Value value) => CaseFold.Equal(value.Text, Needle);

    public override Need NeedOn(Field field) => new Need.Literal(field, Text, LiteralPlace.Whole);

    public override string Print(BareText bare) => InValues(QueryPrinter.Text(Text), bare);
}
