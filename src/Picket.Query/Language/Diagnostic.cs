using Picket.Query.Store;

namespace Picket.Query.Language;

/// <summary>What is wrong with a query, and where: an answer shows the line with carets under the place.</summary>
/// <param name="At">Characters from the start.</param>
/// <param name="Length">Characters that are wrong; at least one caret is shown.</param>
/// <param name="What">What was found or expected, and what to write instead.</param>
public sealed record Diagnostic(int At, int Length, string What)
{
    // Around the place, so that the carets of a long query can be seen.
    private const int Shown = 60;

    internal QueryException In(string query)
    {
        var (from, to) = (Math.Max(At - Shown, 0), Math.Min(At + Math.Max(Length, 1) + Shown, query.Length));
        var (before, after) = (from > 0 ? "…" : "", to < query.Length ? "…" : "");
        // A line break or a tab would move the carets away from their place.
        var line = string.Concat(query[from..to].Select(letter => char.IsControl(letter) ? ' ' : letter));
        var carets = new string('^', Math.Clamp(Length, 1, Math.Max(to - At, 1)));
        return new QueryException(QueryException.InvalidRequest, $"{before}{line}{after}\n{new string(' ', At - from + before.Length)}{carets} {What}") { Diagnostic = this };
    }
}
