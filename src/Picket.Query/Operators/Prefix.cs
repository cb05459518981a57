using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Query.Language;
using Picket.Query.Text;

namespace Picket.Query.Operators;

/// <summary>The value begins with the text.</summary>
public sealed record Prefix(string Text) : TextOperator(Text)
{
    public override bool MatchesScalar(Value value) => CaseFold.StartsWith(value.Text, Needle);

    public override Need NeedOn(Field field) => new Need.Literal(field, Text, LiteralPlace.Start);

    public override string Print(BareText bare) => InValues(QueryPrinter.Pattern([Text, ""]), bare);
}
