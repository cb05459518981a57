using Picket.Events;

namespace Picket.Detection;

/// <summary>How late events may come and count as if they had come in time, where a rule would not hold with them; ns. Immutable.</summary>
public sealed class Lateness
{
    private readonly Dictionary<string, long> own;

    /// <param name="usual">Of sources that have none of their own.</param>
    /// <param name="own">Of sources by their names, in whatever case.</param>
    public Lateness(long usual, IEnumerable<KeyValuePair<string, long>>? own = null)
    {
        this.own = new Dictionary<string, long>(own ?? [], StringComparer.OrdinalIgnoreCase);
        (Usual, Longest) = (usual, this.own.Values.Append(usual).Max());
    }

    /// <summary>Ten minutes of every source.</summary>
    public static Lateness Default { get; } = new(600 * Instant.PerSecond);

    /// <summary>Of sources that have none of their own.</summary>
    public long Usual { get; }

    /// <summary>The longest of all.</summary>
    public long Longest { get; }

    /// <summary>A source's; whether it is its own.</summary>
    internal (long Lateness, bool IsOwn) Of(string source) => own.TryGetValue(source, out var lateness) ? (lateness, true) : (Usual, false);
}
