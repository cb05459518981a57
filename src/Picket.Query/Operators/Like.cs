using System.Text;
using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Query.Language;
using Picket.Query.Text;

namespace Picket.Query.Operators;

/// <summary>The whole value is these pieces with anything between them: <c>a*b</c> are two; an empty first or last one leaves that end open.</summary>
public sealed record Like(IReadOnlyList<string> Pieces, bool CaseCounts) : Operator
{
    private readonly byte[][] pieces = [.. Pieces.Select(piece => CaseCounts ? Encoding.UTF8.GetBytes(piece) : CaseFold.Fold(Encoding.UTF8.GetBytes(piece)))];

    private const int StackBytes = 1_024;

    public override bool MatchesScalar(Value value)
    {
        var room = CaseCounts ? 0 : CaseFold.MostBytes(value.Text.Length);
        Span<byte> folded = stackalloc byte[StackBytes];
        folded = room > folded.Length ? new byte[room] : folded;
        var text = CaseCounts ? value.Text : folded[..CaseFold.Fold(value.Text, folded)];
        var (first, last) = (pieces[0], pieces[^1]);
        if (text.Length < first.Length + last.Length || !text.StartsWith(first) || !text.EndsWith(last))
        {
            return false;
        }
        text = text[first.Length..^last.Length];
        foreach (var piece in pieces.AsSpan(1, pieces.Length - 2))
        {
            var at = text.IndexOf(piece);
            if (at < 0)
            {
                return false;
            }
            text = text[(at + piece.Length)..];
        }
        return true;
    }

    public override Need NeedOn(Field field) => Need.AllOf(
        Pieces.Select((piece, at) => (Need)new Need.Literal(field, piece, at == 0 ? LiteralPlace.Start : at == Pieces.Count - 1 ? LiteralPlace.End : LiteralPlace.Anywhere))
            .Where(need => need is Need.Literal { Text.Length: > 0 }).Append(new Need.Present(field)));

    public bool Equals(Like? other) => other is not null && CaseCounts == other.CaseCounts && Pieces.SequenceEqual(other.Pieces);

    public override int GetHashCode() => Pieces.Aggregate(CaseCounts ? 6 : 7, HashCode.Combine);

    public override string Print(BareText bare) => CaseCounts ? "=" + QueryPrinter.Pattern(Pieces) : InValues(QueryPrinter.Pattern(Pieces), bare);
}
