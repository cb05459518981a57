using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Query.Language;
using Picket.Query.Text;

namespace Picket.Query.Operators;

/// <summary>The regular expression matches somewhere in the value; case counts.</summary>
/// <param name="MayBacktrack">Whether what only backtracking can find, look-around and back-references, is taken too; it then gives up on a value after a while.</param>
public sealed record MatchesRegex(string Pattern, bool MayBacktrack = false) : Operator
{
    private readonly SafeRegex regex = new(Pattern, MayBacktrack);

    public override bool MatchesScalar(Value value) => regex.IsMatch(value.Text);

    public override void Match(Entries entries, RowSet into)
    {
        if (!entries.AllText || regex.Required.Folded.Length < 2)
        {
            base.Match(entries, into);
            return;
        }
        // Only entries that hold what every match contains are looked at by the expression.
        var candidates = new RowSet(entries.Count);
        ChunkSearch.Find(entries, regex.Required, WholeEnds.None, candidates);
        for (var entry = candidates.Next(0); entry >= 0; entry = candidates.Next(entry + 1))
        {
            if (MatchesScalar(entries[entry]))
            {
                into.Add(entry);
            }
        }
    }

    public override Need NeedOn(Field field) =>
        regex.Required.Folded.Length < 2 ? new Need.Present(field) : new Need.Literal(field, regex.Required.Text, LiteralPlace.Anywhere);

    public bool Equals(MatchesRegex? other) => other is not null && Pattern == other.Pattern && MayBacktrack == other.MayBacktrack;

    public override int GetHashCode() => HashCode.Combine(5, Pattern);

    public override string Print(BareText bare) => "~" + QueryPrinter.Quoted(Pattern);
}
