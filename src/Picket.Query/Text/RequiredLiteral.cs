using System.Text;

namespace Picket.Query.Text;

/// <summary>
/// The longest run of characters that every match of a regular expression contains, found by reading the pattern once. What it does not understand ends the run or, where the run
/// might not be needed after all, gives up; so it may find too little, never too much.
/// </summary>
internal static class RequiredLiteral
{
    /// <summary>The run, or the empty text when there is none.</summary>
    public static string Of(string pattern)
    {
        var (best, run) = ("", new StringBuilder());
        void End()
        {
            best = run.Length > best.Length ? run.ToString() : best;
            run.Clear();
        }
        // Of options in front only those matter that change what is text.
        var options = pattern.StartsWith("(?", StringComparison.Ordinal) ? pattern.AsSpan(2).IndexOfAnyExcept("imsn") : -1;
        for (var i = options > 0 && pattern[options + 2] == ')' ? options + 3 : 0; i < pattern.Length; i++)
        {
            switch (pattern[i])
            {
                case '|':
                    return "";
                case '(':
                    // Options such as (?x) change how the rest is read; what a group holds may be a choice.
                    if (i + 1 < pattern.Length && pattern[i + 1] == '?' && !(i + 2 < pattern.Length && pattern[i + 2] == ':'))
                    {
                        return "";
                    }
                    End();
                    i = EndOfGroup(pattern, i);
                    break;
                case '[':
                    End();
                    i = EndOfClass(pattern, i);
                    break;
                case '*' or '?' or '{':
                    // The character before may be missing, or come again with something between.
                    run.Length = Math.Max(run.Length - 1, 0);
                    End();
                    if (pattern[i] == '{' && pattern.IndexOf('}', i) is var close && close > 0)
                    {
                        i = close;
                    }
                    break;
                case '+' or '.' or '^' or '$':
                    End();
                    break;
                case '\\':
                    i++;
                    if (i < pattern.Length && !char.IsAsciiLetterOrDigit(pattern[i]))
                    {
                        run.Append(pattern[i]);
                        break;
                    }
                    End();
                    // \x41, \u0041, \p{L}, \cA: what belongs to them is not text.
                    if (i < pattern.Length && pattern[i] is not ('d' or 'D' or 'w' or 'W' or 's' or 'S' or 'b' or 'B' or 't' or 'n' or 'r' or 'f' or 'v' or 'e' or 'a' or 'A' or 'z' or 'Z'))
                    {
                        return best;
                    }
                    break;
                default:
                    run.Append(pattern[i]);
                    break;
            }
        }
        End();
        return best;
    }

    private static int EndOfGroup(string pattern, int at)
    {
        var depth = 0;
        for (; at < pattern.Length; at++)
        {
            switch (pattern[at])
            {
                case '\\':
                    at++;
                    break;
                case '[':
                    at = EndOfClass(pattern, at);
                    break;
                case '(':
                    depth++;
                    break;
                case ')' when --depth == 0:
                    return at;
            }
        }
        return at;
    }

    private static int EndOfClass(string pattern, int at)
    {
        // A bracket right after the opening one is a character.
        at += at + 1 < pattern.Length && pattern[at + 1] == '^' ? 2 : 1;
        for (at++; at < pattern.Length && pattern[at] != ']'; at++)
        {
            at += pattern[at] == '\\' ? 1 : 0;
        }
        return at;
    }
}
