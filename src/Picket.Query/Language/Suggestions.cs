namespace Picket.Query.Language;

/// <summary>The known name that a mistyped one was probably meant to be.</summary>
public static class Suggestions
{
    /// <summary>The nearest by letters changed, left out, put in or swapped with their neighbour; null when none is near.</summary>
    public static string? Nearest(string name, IEnumerable<string> known)
    {
        var most = name.Length <= 3 ? 1 : name.Length <= 7 ? 2 : 3;
        return known.Select(candidate => (Name: candidate, Far: Distance(name.ToLowerInvariant(), candidate.ToLowerInvariant(), most)))
            .Where(candidate => candidate.Far <= most).OrderBy(candidate => candidate.Far).ThenBy(candidate => candidate.Name, StringComparer.Ordinal)
            .Select(candidate => candidate.Name).FirstOrDefault();
    }

    /// <summary>"; did you mean X?", or nothing.</summary>
    internal static string Of(string name, IEnumerable<string> known) => Nearest(name, known) is { } near ? $"; did you mean {near}?" : "";

    // Optimal string alignment; more than `most` when it is surely more.
    private static int Distance(string a, string b, int most)
    {
        if (Math.Abs(a.Length - b.Length) > most)
        {
            return most + 1;
        }
        var rows = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            rows[i, 0] = i;
        }
        for (var j = 0; j <= b.Length; j++)
        {
            rows[0, j] = j;
        }
        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                var least = Math.Min(Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1, rows[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                var isSwapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
                rows[i, j] = isSwapped ? Math.Min(least, rows[i - 2, j - 2] + 1) : least;
            }
        }
        return rows[a.Length, b.Length];
    }
}
