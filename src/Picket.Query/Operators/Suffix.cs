using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Query.Language;
using Picket.Query.Text;

namespace Picket.Query.Operators;

/// <summary>The value ends with the text.</summary>
public sealed record Suffix(string Text) : TextOperator(Text)
{
    public override bool MatchesScalar(Value value) => CaseFold.EndsWith(value.Text, Needle);

    public override Need NeedOn(Field field) => new Need.Literal(field, Text, LiteralPlace.End);

    public override string Print(BareText bare) => InValues(QueryPrinter.Pattern(["", Text]), bare);
}
