using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Query.Language;
using Picket.Query.Text;

namespace Picket.Query.Operators;

/// <summary>The text stands anywhere in the value, inside of words too.</summary>
public sealed record Contains(string Text) : TextOperator(Text)
{
    public override bool MatchesScalar(Value value) => ChunkSearch.Contains(value.Text, Needle, WholeEnds.None);

    public override void Match(Entries entries, RowSet into)
    {
        if (entries.AllText)
        {
            ChunkSearch.Find(entries, Needle, WholeEnds.None, into);
        }
        else
        {
            base.Match(entries, into);
        }
    }

    public override Need NeedOn(Field field) => new Need.Literal(field, Text, LiteralPlace.Anywhere);

    public override string Print(BareText bare) => QueryPrinter.Pattern(["", Text, ""]);
}
