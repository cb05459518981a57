using Picket.Events.Schema;
using Picket.Query.Operators;

namespace Picket.Query.Language;

/// <summary>
/// Writes filters as the language reads them: what is written parses to an equal filter. What only rules ask (any field, one field against another, a part of a time) has no
/// words in the language and is written for people alone.
/// </summary>
public static class QueryPrinter
{
    private static readonly string[] Reserved = ["and", "or", "not", "to"];

    public static string Print(Filter filter) => filter switch
    {
        Filter.And { Parts.Count: 0 } => "*",
        Filter.Or { Parts.Count: 0 } => "-*",
        Filter.And and => string.Join(' ', and.Parts.Select(Part)),
        Filter.Or or => string.Join(" or ", or.Parts.Select(part => part is Filter.Or { Parts.Count: > 0 } ? $"({Print(part)})" : Print(part))),
        Filter.Not not => "-" + Part(not.Part),
        Filter.Term term => Term(term),
        Filter.AnyField any => $"*:{any.Operator.Print(BareText.Value)}",
        Filter.SameAs same => $"{Name(same.Field)}:{SameValue.NameOf(same)}({Name(same.Other)})",
        _ => throw new ArgumentException("A filter of an unknown kind.", nameof(filter)),
    };

    /// <summary>A field's name, quoted where it must be.</summary>
    public static string Name(Field field) =>
        (char.IsLetter(field.Name.FirstOrDefault()) || field.Name.FirstOrDefault() is '_' or '@')
        && field.Name.All(letter => char.IsLetterOrDigit(letter) || letter is '_' or '.' or '@' or '-') && !QueryParser.IsDirective(field.Name)
            ? field.Name
            : Quoted(field.Name);

    /// <summary>Names of fields, as a list.</summary>
    public static string Names(IEnumerable<Field> fields) => string.Join(", ", fields.Select(Name));

    /// <summary>A text without wildcards.</summary>
    public static string Text(string text) => IsBare(text) ? text : Quoted(text);

    public static string Quoted(string text) => $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    internal static string Pattern(IEnumerable<string> pieces) => string.Join('*', pieces.Select(piece => piece.Length == 0 ? "" : Text(piece)));

    // As a part of several, or behind a minus.
    private static string Part(Filter part) => part is Filter.And { Parts.Count: > 0 } or Filter.Or { Parts.Count: > 0 } ? $"({Print(part)})" : Print(part);

    private static string Term(Filter.Term term)
    {
        if (term.Operator is Inside inside)
        {
            return $"{Name(term.Field)}{inside.Path}:{inside.Print(BareText.Value)}";
        }
        var bare = QueryParser.BareTextOf(term.Field);
        var value = term.Operator.Print(bare);
        return bare == BareText.Words && term.Operator is Phrase ? value : $"{Name(term.Field)}:{value}";
    }

    // Letters and digits that can be taken for nothing else: no sign, range, network or word of the language.
    private static bool IsBare(string text) =>
        text.Length > 0 && text[0] != '-' && text.All(letter => char.IsLetterOrDigit(letter) || letter is '_' or '.' or '-' or '@')
        && !text.Contains("..", StringComparison.Ordinal) && !Reserved.Contains(text, StringComparer.OrdinalIgnoreCase);
}
