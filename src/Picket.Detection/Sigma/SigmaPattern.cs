using System.Text;

namespace Picket.Detection.Sigma;

/// <summary>
/// A text with wildcards: <c>*</c> for anything, <c>?</c> for one character. A backslash takes the meaning from a wildcard or a backslash behind it, and is itself
/// before anything else (Sigma 2.1, Escaping).
/// </summary>
/// <param name="Parts">Texts, none of them empty and no two beside each other, and wildcards.</param>
internal sealed record SigmaPattern(IReadOnlyList<SigmaPattern.Part> Parts)
{
    public static readonly Part Anything = new(null, '*');

    /// <param name="Text">Null for a wildcard.</param>
    /// <param name="Wildcard">Which.</param>
    public readonly record struct Part(string? Text, char Wildcard = '\0');

    public bool HasWildcards => Parts.Any(part => part.Text is null);

    /// <summary>The text, where there are no wildcards.</summary>
    public string Text => string.Concat(Parts.Select(part => part.Text));

    public static SigmaPattern Parse(string typed)
    {
        var (parts, text) = (new List<Part>(), new StringBuilder());
        for (var i = 0; i < typed.Length; i++)
        {
            if (typed[i] == '\\' && i + 1 < typed.Length && typed[i + 1] is '*' or '?' or '\\')
            {
                text.Append(typed[++i]);
            }
            else if (typed[i] is '*' or '?')
            {
                Flush();
                parts.Add(new Part(null, typed[i]));
            }
            else
            {
                text.Append(typed[i]);
            }
        }
        Flush();
        return new SigmaPattern(parts);

        void Flush()
        {
            if (text.Length > 0)
            {
                parts.Add(new Part(text.ToString()));
                text.Clear();
            }
        }
    }

    public static SigmaPattern Of(string text) => new(text.Length == 0 ? [] : [new Part(text)]);

    public SigmaPattern Contained() => Prefixed().Suffixed();

    /// <summary>With anything before it.</summary>
    public SigmaPattern Prefixed() => Parts is [{ Wildcard: '*' }, ..] ? this : new([Anything, .. Parts]);

    /// <summary>With anything behind it.</summary>
    public SigmaPattern Suffixed() => Parts is [.., { Wildcard: '*' }] ? this : new([.. Parts, Anything]);

    /// <summary>Wildcards and texts as they are, for people.</summary>
    public override string ToString() => string.Concat(Parts.Select(part => part.Text ?? part.Wildcard.ToString()));

    public bool Equals(SigmaPattern? other) => other is not null && Parts.SequenceEqual(other.Parts);

    public override int GetHashCode() => Parts.Aggregate(1, HashCode.Combine);
}
