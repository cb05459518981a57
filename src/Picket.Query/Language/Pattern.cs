using Picket.Query.Operators;

namespace Picket.Query.Language;

/// <summary>
/// A text as it was typed, with its wildcards: the pieces between stars. <c>*fail*</c> is three pieces, the first and last empty; <c>"a b"</c> is one.
/// </summary>
/// <param name="Pieces">What stands between stars; one when there is none.</param>
/// <param name="Typed">The characters of the query, quotes and backslashes included.</param>
/// <param name="IsQuoted">Whether a part of it stands in quotes, which make it a text whatever it looks like.</param>
/// <param name="At">Where it stands in the query.</param>
internal sealed record Pattern(IReadOnlyList<string> Pieces, string Typed, bool IsQuoted, int At)
{
    public bool HasStars => Pieces.Count > 1;

    /// <summary>What is typed bare, without quotes, is exactly its text.</summary>
    public string? Bare => !IsQuoted && !HasStars ? Pieces[0] : null;

    /// <summary>Only stars.</summary>
    public bool IsAnything => HasStars && Pieces.All(piece => piece.Length == 0);

    /// <summary>The operator of whole values, without regard to case: equal, or with stars the start, the end, or a part.</summary>
    public Operator OfValue() => Pieces switch
    {
        [""] => new Empty(),
        [var whole] => new EqualTo(whole),
        [{ Length: > 0 } start, ""] => new Prefix(start),
        ["", { Length: > 0 } end] => new Suffix(end),
        ["", { Length: > 0 } part, ""] => new Contains(part),
        _ when IsAnything => new Exists(),
        _ => new Like(Pieces, CaseCounts: false),
    };

    /// <summary>The same with regard to case.</summary>
    public Operator OfExactValue() => IsAnything ? new Exists() : HasStars ? new Like(Pieces, CaseCounts: true) : new Exactly(Pieces[0]);

    /// <summary>The operator of words: anywhere in the value, but an end without a star cuts no word. Null for a star between two texts, which words do not have.</summary>
    public Operator? OfWords() => Pieces switch
    {
        [""] => new Empty(),
        [var words] => new Phrase(words),
        [{ Length: > 0 } start, ""] => new Phrase(start, OpenEnd: true),
        ["", { Length: > 0 } end] => new Phrase(end, OpenStart: true),
        ["", { Length: > 0 } part, ""] => new Contains(part),
        _ when IsAnything => new Exists(),
        _ => null,
    };
}
