namespace Picket.Detection.Windows;

/// <summary>How much windows have in memory.</summary>
/// <param name="Events">See <see cref="Limits.WindowEvents"/>.</param>
/// <param name="Groups">See <see cref="Limits.Groups"/>.</param>
/// <param name="EventsKept">See <see cref="Limits.WindowEventsKept"/>.</param>
/// <param name="GroupsKept">See <see cref="Limits.GroupsKept"/>.</param>
/// <param name="Evicted">See <see cref="Limits.EvictedGroups"/>.</param>
internal sealed record Room(int Events, int Groups, int EventsKept, int GroupsKept, int Evicted)
{
    public static readonly Room Default = new(Limits.WindowEvents, Limits.Groups, Limits.WindowEventsKept, Limits.GroupsKept, Limits.EvictedGroups);
}
