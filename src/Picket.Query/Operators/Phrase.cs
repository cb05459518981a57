using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Query.Text;

namespace Picket.Query.Operators;

/// <summary>The text stands in the value and neither of its ends cuts a word in two. A single word is a phrase of one.</summary>
public sealed record Phrase(string Text) : TextOperator(Text)
{
    public override bool MatchesScalar(Value value) => ChunkSearch.Contains(value.Text, Needle, wholeWords: true);

    public override void Match(Entries entries, RowSet into)
    {
        if (entries.AllText)
        {
            ChunkSearch.Find(entries, Needle, wholeWords: true, into);
        }
        else
        {
            base.Match(entries, into);
        }
    }

    public override Need NeedOn(Field field) => new Need.Literal(field, Text, LiteralPlace.Words);

    public override string ToString() => $"phrase({Text})";
}
