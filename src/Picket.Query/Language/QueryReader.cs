using System.Text;
using Picket.Query.Store;

namespace Picket.Query.Language;

/// <summary>Reads a query's characters: what is a text, a name or a sign depends on what stands before, so the parser asks for what it expects.</summary>
internal sealed class QueryReader(string text)
{
    private const string Stops = "()|\"";

    public string Text => text;

    public int At { get; private set; }

    public bool IsAtEnd => At == text.Length;

    /// <summary>The character here; NUL at the end.</summary>
    public char Here => At < text.Length ? text[At] : '\0';

    public char Next => At + 1 < text.Length ? text[At + 1] : '\0';

    /// <summary>Nothing, or white space.</summary>
    public bool IsAtGap => IsAtEnd || char.IsWhiteSpace(Here);

    public void SkipSpace()
    {
        while (!IsAtEnd && char.IsWhiteSpace(Here))
        {
            At++;
        }
    }

    public bool TryTake(char sign)
    {
        if (Here != sign || IsAtEnd)
        {
            return false;
        }
        At++;
        return true;
    }

    public bool TryTake(string signs)
    {
        if (!text.AsSpan(At).StartsWith(signs, StringComparison.Ordinal))
        {
            return false;
        }
        At += signs.Length;
        return true;
    }

    /// <summary>Goes back to a place that was read before.</summary>
    public void Back(int at) => At = at;

    /// <summary>A word of the language, in any case; not the beginning of a longer text, and no field's name.</summary>
    /// <param name="inList">Whether a comma may stand behind it.</param>
    public bool TryTakeWord(string word, bool inList = false)
    {
        var end = At + word.Length;
        if (!text.AsSpan(At).StartsWith(word, StringComparison.OrdinalIgnoreCase) || (end < text.Length && !char.IsWhiteSpace(text[end]) && text[end] is not ('(' or ')' or '|') && !(inList && text[end] == ',')))
        {
            return false;
        }
        At = end;
        return true;
    }

    /// <summary>A field's name and the colon after it. Nothing is taken when there is none: a colon ends a name, not the first part of a time, an address or a link.</summary>
    public bool TryTakeField(out string name, out int at, out bool isQuoted)
    {
        (name, at, isQuoted) = ("", At, Here == '"');
        if (isQuoted)
        {
            name = ReadQuoted();
            if (TryTake(':') && name.Length > 0)
            {
                return true;
            }
            At = at;
            return false;
        }
        var end = At;
        while (end < text.Length && (char.IsLetterOrDigit(text[end]) || text[end] is '_' or '.' or '@' or '-' or '[' or ']'))
        {
            end++;
        }
        var isName = end > At && end < text.Length && text[end] == ':' && (char.IsLetter(Here) || Here is '_' or '@')
            && !text.AsSpan(end).StartsWith("://", StringComparison.Ordinal) && !(end == At + 1 && text.AsSpan(end).StartsWith(":\\", StringComparison.Ordinal));
        if (!isName)
        {
            return false;
        }
        name = text[At..end];
        At = end + 1;
        return true;
    }

    /// <summary>A field's name without a colon: letters, digits and <c>_ . @ -</c>, or any text in quotes. False when there is none.</summary>
    public bool TryTakeFieldName(out string name, out int at)
    {
        at = At;
        if (Here == '"')
        {
            name = ReadQuoted();
            return name.Length > 0;
        }
        while (!IsAtEnd && (char.IsLetterOrDigit(Here) || Here is '_' or '.' or '@' or '-'))
        {
            At++;
        }
        name = text[at..At];
        return name.Length > 0;
    }

    /// <summary>A name of the language: letters, digits and <c>_</c>. Empty when there is none.</summary>
    public string TakeName()
    {
        var start = At;
        while (!IsAtEnd && (char.IsAsciiLetterOrDigit(Here) || Here == '_'))
        {
            At++;
        }
        return text[start..At];
    }

    /// <summary>
    /// A text up to white space, a parenthesis or a bar, of bare characters, <c>"quoted"</c> ones and stars. A backslash makes the sign after it an ordinary one; before a letter or
    /// digit it stands for itself, as in quotes before everything but a quote and a backslash.
    /// </summary>
    /// <param name="stops">Characters that end it besides.</param>
    public Pattern ReadPattern(string stops = "")
    {
        var (start, isQuoted) = (At, false);
        var pieces = new List<string>();
        var piece = new StringBuilder();
        while (!IsAtGap && (Here == '"' || (!Stops.Contains(Here) && !stops.Contains(Here))))
        {
            switch (Here)
            {
                case '"':
                    isQuoted = true;
                    piece.Append(ReadQuoted());
                    break;
                case '*':
                    pieces.Add(piece.ToString());
                    piece.Clear();
                    At++;
                    break;
                case '\\' when Next != '\0' && !char.IsLetterOrDigit(Next):
                    piece.Append(Next);
                    isQuoted = true;
                    At += 2;
                    break;
                default:
                    piece.Append(Here);
                    At++;
                    break;
            }
        }
        pieces.Add(piece.ToString());
        return new Pattern(pieces, text[start..At], isQuoted, start);
    }

    public QueryException Wrong(int at, int length, string what) => new Diagnostic(at, length, what).In(text);

    public QueryException WrongHere(string what) => Wrong(At, 1, what);

    private string ReadQuoted()
    {
        var start = At++;
        var quoted = new StringBuilder();
        for (; !IsAtEnd && Here != '"'; At++)
        {
            if (Here == '\\' && Next is '"' or '\\')
            {
                At++;
            }
            quoted.Append(Here);
        }
        return TryTake('"') ? quoted.ToString() : throw Wrong(start, 1, "this quote is not closed");
    }
}
