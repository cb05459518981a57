namespace Picket.Detection.Windows;

/// <summary>What of a group is not in memory: enough to tell that its rule cannot hold, so that nothing need be read back to know.</summary>
/// <param name="From">Of what was before nothing is known; ns since 1970.</param>
/// <param name="Through">No event behind is missing; ns since 1970.</param>
/// <param name="Events">How many are between the two, at most.</param>
/// <param name="Inputs">Of which of the rules that are looked at together those are, a bit each.</param>
internal readonly record struct Missing(long From, long Through, int Events, ulong Inputs)
{
    public static readonly Missing Nothing = new(long.MinValue, long.MinValue, 0, 0);

    /// <summary>Nothing is missing from a time on, and nothing is known of what was before.</summary>
    public static Missing Before(long time) => new(time, time - 1, 0, 0);

    /// <summary>An event is missing, too.</summary>
    public Missing And(in WindowEntry entry) => new(From, Math.Max(Through, entry.Time), Events + 1, Inputs | entry.Inputs);
}
