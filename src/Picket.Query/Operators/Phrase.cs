using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Query.Language;
using Picket.Query.Text;

namespace Picket.Query.Operators;

/// <summary>The text stands in the value and neither of its ends cuts a word in two, unless that end is open. A single word is a phrase of one.</summary>
public sealed record Phrase(string Text, bool OpenStart = false, bool OpenEnd = false) : TextOperator(Text)
{
    private WholeEnds Ends => (OpenStart ? WholeEnds.None : WholeEnds.Start) | (OpenEnd ? WholeEnds.None : WholeEnds.End);

    public override bool MatchesScalar(Value value) => ChunkSearch.Contains(value.Text, Needle, Ends);

    public override void Match(Entries entries, RowSet into)
    {
        if (entries.AllText)
        {
            ChunkSearch.Find(entries, Needle, Ends, into);
        }
        else
        {
            base.Match(entries, into);
        }
    }

    // The tokens at an open end may go on, so they cannot be looked up whole.
    public override Need NeedOn(Field field) => new Need.Literal(field, Text, OpenStart || OpenEnd ? LiteralPlace.Anywhere : LiteralPlace.Words);

    public bool Equals(Phrase? other) => base.Equals(other) && OpenStart == other!.OpenStart && OpenEnd == other.OpenEnd;

    public override int GetHashCode() => HashCode.Combine(base.GetHashCode(), OpenStart, OpenEnd);

    public override string Print(BareText bare) =>
        InWords(QueryPrinter.Pattern([.. OpenStart ? [""] : Array.Empty<string>(), Text, .. OpenEnd ? [""] : Array.Empty<string>()]), bare);
}
