using System.Text;
using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Query.Language;

namespace Picket.Query.Operators;

/// <summary>The value is the text, case included.</summary>
public sealed record Exactly(string Text) : TextOperator(Text)
{
    private readonly byte[] utf8 = Encoding.UTF8.GetBytes(Text);

    public override bool MatchesScalar(Value value) => value.Text.SequenceEqual(utf8);

    public override Need NeedOn(Field field) => new Need.Literal(field, Text, LiteralPlace.Whole);

    public bool Equals(Exactly? other) => base.Equals(other);

    public override int GetHashCode() => base.GetHashCode();

    public override string Print(BareText bare) => "=" + QueryPrinter.Text(Text);
}
