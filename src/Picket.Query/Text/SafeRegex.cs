using System.Text;
using System.Text.RegularExpressions;
using Picket.Query.Store;

namespace Picket.Query.Text;

/// <summary>A regular expression that cannot blow up: without backtracking, its time in the length of the text. Case counts. Thread-safe.</summary>
public sealed class SafeRegex
{
    // States of an expression's automaton; counted repetitions within each other make many. Read by the base library when its first expression of this kind is made.
    private const int MostStates = 10_000;

    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    private readonly bool mayBacktrack;
    private Regex? regex;

    static SafeRegex() => AppContext.SetData("REGEX_NONBACKTRACKING_MAX_AUTOMATA_SIZE", MostStates);

    /// <exception cref="QueryException">It is no expression, or uses look-around or back-references.</exception>
    /// <param name="mayBacktrack">Whether those are taken; such an expression gives up on a text after <see cref="Patience"/>. Then what takes memory and time is made when it is first needed.</param>
    public SafeRegex(string pattern, bool mayBacktrack = false)
    {
        Pattern = pattern;
        this.mayBacktrack = mayBacktrack;
        Required = new Needle(RequiredLiteral.Of(pattern));
        try
        {
            regex = mayBacktrack ? null : Make();
            _ = regex ?? new Regex(pattern, RegexOptions.CultureInvariant, Patience);
        }
        catch (ArgumentException error)
        {
            throw new QueryException(QueryException.InvalidRequest, $"The regular expression {Shown(pattern)} cannot be read: {error.Message}");
        }
        catch (NotSupportedException error)
        {
            throw new QueryException(
                QueryException.InvalidRequest,
                $"The regular expression {Shown(pattern)} is too large, or uses look-around or back-references, which need backtracking: {error.Message} Write it without.");
        }
    }

    public string Pattern { get; }

    /// <summary>What every match contains, in some case; of no length when nothing is known.</summary>
    public Needle Required { get; }

    /// <summary>Whether it can only be found by going back.</summary>
    public bool Backtracks => !(regex ??= Make()).Options.HasFlag(RegexOptions.NonBacktracking);

    private static string Shown(string pattern) => pattern.Length <= 80 ? pattern : pattern[..80] + "…";

    /// <summary>Whether it matches; not where it gave up.</summary>
    public bool IsMatch(ReadOnlySpan<byte> utf8)
    {
        try
        {
            return Matches(utf8);
        }
        catch (RegexMatchTimeoutException)
        {
            return false;
        }
    }

    private Regex Make()
    {
        try
        {
            return new Regex(Pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (NotSupportedException) when (mayBacktrack)
        {
            return new Regex(Pattern, RegexOptions.CultureInvariant, Patience);
        }
    }

    // Two threads at once may make two equal ones.
    private bool Matches(ReadOnlySpan<byte> utf8)
    {
        var regex = this.regex ??= Make();
        if (utf8.Length > 1_024)
        {
            return regex.IsMatch(Encoding.UTF8.GetString(utf8));
        }
        Span<char> text = stackalloc char[utf8.Length];
        return regex.IsMatch(text[..Encoding.UTF8.GetChars(utf8, text)]);
    }
}
