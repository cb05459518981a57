using Picket.Detection.Rules;

namespace Picket.Detection.Sigma;

/// <summary>A condition over the parts of a detection: what is read from its text.</summary>
internal abstract record SigmaCondition
{
    private SigmaCondition()
    {
    }

    public sealed record And(IReadOnlyList<SigmaCondition> Parts) : SigmaCondition;

    public sealed record Or(IReadOnlyList<SigmaCondition> Parts) : SigmaCondition;

    public sealed record Not(SigmaCondition Inner) : SigmaCondition;

    /// <summary>A part of the detection by its name.</summary>
    public sealed record Named(string Name) : SigmaCondition;

    /// <summary>The parts it names, each as often as it does.</summary>
    public IEnumerable<string> Names => this switch
    {
        And and => and.Parts.SelectMany(part => part.Names),
        Or or => or.Parts.SelectMany(part => part.Names),
        Not not => not.Inner.Names,
        _ => [((Named)this).Name],
    };

    /// <summary>Whether it holds where these parts do.</summary>
    public bool Holds(Func<string, bool> part) => this switch
    {
        And and => and.Parts.All(one => one.Holds(part)),
        Or or => or.Parts.Any(one => one.Holds(part)),
        Not not => !not.Inner.Holds(part),
        _ => part(((Named)this).Name),
    };

    /// <summary>Whether something in it is negated.</summary>
    public bool HasNot => this switch
    {
        And and => and.Parts.Any(part => part.HasNot),
        Or or => or.Parts.Any(part => part.HasNot),
        _ => this is Not,
    };

    /// <param name="text">Such as <c>selection and not 1 of filter_*</c>.</param>
    /// <param name="names">The parts there are.</param>
    /// <param name="at">Where it stands.</param>
    /// <param name="whole">What the parts are of, for messages.</param>
    /// <param name="part">What a part is called in messages.</param>
    /// <exception cref="RuleException">It is wrong.</exception>
    public static SigmaCondition Parse(string text, IReadOnlyList<string> names, Yaml.YamlNode at, string whole = "the detection", string part = "part") => new Reader(text, names, at, whole, part).Read();

    // Recursive descent: or binds least, then and, then not.
    private sealed class Reader(string text, IReadOnlyList<string> names, Yaml.YamlNode at, string whole, string part)
    {
        private readonly string[] tokens = text.Length <= Limits.ConditionCharacters
            ? text.Replace("(", " ( ", StringComparison.Ordinal).Replace(")", " ) ", StringComparison.Ordinal).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            : throw new RuleException(at, $"a condition has at most {Limits.ConditionCharacters:N0} characters");

        private int next;
        private int depth;

        private string? Here => next < tokens.Length ? tokens[next] : null;

        public SigmaCondition Read()
        {
            var all = ReadOr();
            return Here is null ? all : throw Wrong(Here == "|" ? "what stands behind | counted events in older rules; write a correlation instead" : $"and, or or the end was expected before {Here}");
        }

        private SigmaCondition ReadOr()
        {
            var parts = new List<SigmaCondition> { ReadAnd() };
            while (Take("or"))
            {
                parts.Add(ReadAnd());
            }
            return parts is [var one] ? one : new Or(parts);
        }

        private SigmaCondition ReadAnd()
        {
            var parts = new List<SigmaCondition> { ReadNot() };
            while (Take("and"))
            {
                parts.Add(ReadNot());
            }
            return parts is [var one] ? one : new And(parts);
        }

        private SigmaCondition ReadNot()
        {
            if (++depth > Limits.ConditionDepth)
            {
                throw Wrong($"a condition nests at most {Limits.ConditionDepth} deep");
            }
            var read = Take("not") ? new Not(ReadNot()) : ReadPart();
            depth--;
            return read;
        }

        private SigmaCondition ReadPart()
        {
            if (Take("("))
            {
                var inside = ReadOr();
                return Take(")") ? inside : throw Wrong("a ) is missing");
            }
            var word = Here ?? throw Wrong($"it ends where a {part} of {whole} was expected");
            next++;
            if (word is ")" or "|" || IsWord(word, "and") || IsWord(word, "or"))
            {
                throw Wrong($"a {part} of {whole} was expected, not {word}");
            }
            if ((word == "1" || IsWord(word, "all") || IsWord(word, "any")) && Here is not null && IsWord(Here, "of"))
            {
                next++;
                return ReadOf(isAll: IsWord(word, "all"));
            }
            return names.Contains(word, StringComparer.Ordinal)
                ? new Named(word)
                : throw Wrong($"{whole} has no {part} {word}{(Query.Language.Suggestions.Nearest(word, names) is { } near ? $"; did you mean {near}?" : "")}");
        }

        private SigmaCondition ReadOf(bool isAll)
        {
            var pattern = Here ?? throw Wrong("names were expected behind of");
            next++;
            // What begins with an underscore is meant only where it is named.
            var found = IsWord(pattern, "them")
                ? names.Where(name => !name.StartsWith('_')).ToArray()
                : names.Where(name => IsLike(name, pattern) && (pattern.StartsWith('_') || !name.StartsWith('_'))).ToArray();
            if (found.Length == 0)
            {
                throw Wrong($"no {part} of {whole} is named {pattern}");
            }
            var parts = found.Select(name => (SigmaCondition)new Named(name)).ToArray();
            return parts is [var one] ? one : isAll ? new And(parts) : new Or(parts);
        }

        private bool Take(string word)
        {
            var isHere = Here is not null && IsWord(Here, word);
            next += isHere ? 1 : 0;
            return isHere;
        }

        private static bool IsWord(string token, string word) => token.Equals(word, StringComparison.OrdinalIgnoreCase);

        private static bool IsLike(string name, string pattern) => System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(pattern.Replace("\\", "\\\\", StringComparison.Ordinal), name, ignoreCase: false);

        private RuleException Wrong(string what) => new(at, $"the condition \"{(text.Length <= 120 ? text : text[..120] + "…")}\": {what}");
    }
}
