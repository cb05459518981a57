using Picket.Detection.Alerts;
using Picket.Events;

namespace Picket.Detection.Tests.Windows;

/// <summary>What a store makes of changes.</summary>
internal sealed class MergedAlerts
{
    private readonly List<(string Of, PlainAlerts.Raised Alert)> closed = [];

    public Dictionary<string, PlainAlerts.Raised> Active { get; } = [];

    public void Apply(IEnumerable<AlertChange> changes)
    {
        foreach (var change in changes)
        {
            if (change.IsOfClosed)
            {
                var place = closed.FindLastIndex(one => one.Of == change.Fingerprint);
                var (of, alert) = closed[place];
                closed[place] = (of, alert with { Count = alert.Count + change.Count, FirstSeen = Math.Min(alert.FirstSeen, change.FirstSeen), LastSeen = Math.Max(alert.LastSeen, change.LastSeen) });
                continue;
            }
            from[change.Fingerprint] = Math.Min(from.GetValueOrDefault(change.Fingerprint, long.MaxValue), change.From);
            var was = Active.GetValueOrDefault(change.Fingerprint);
            Active[change.Fingerprint] = new PlainAlerts.Raised(
                (was?.Count ?? 0) + change.Count, Math.Min(was?.FirstSeen ?? long.MaxValue, change.FirstSeen), Math.Max(was?.LastSeen ?? long.MinValue, change.LastSeen),
                was is not null && (change.FiredAt == 0 || change.From == long.MaxValue) && (change.FiredAt == 0 || (was.FirstSeen, was.FiredAt).CompareTo((change.FirstSeen, change.FiredAt)) < 0) ? was.FiredAt : change.FiredAt,
                Math.Max(was?.Held ?? long.MinValue, change.Held), false);
        }
    }

    private readonly Dictionary<string, long> from = [];
    private readonly Dictionary<string, long> fromOfClosed = [];

    public IEnumerable<StandingAlert> Standing(Dictionary<string, List<PlainAlerts.Closing>> closings) =>
    [
        .. Active.Where(pair => from[pair.Key] != long.MaxValue).Select(pair => new StandingAlert(TenantId.Default, pair.Key, from[pair.Key], pair.Value.Held, null)),
        .. closings.Select(pair => new StandingAlert(TenantId.Default, pair.Key, fromOfClosed[pair.Key], 0, pair.Value[^1].Through)),
    ];

    public void Close(string of)
    {
        fromOfClosed[of] = from[of];
        from.Remove(of);
        closed.Add((of, Active[of] with { IsClosed = true }));
        Active.Remove(of);
    }

    public List<PlainAlerts.Raised> Of(string of) => [.. closed.Where(one => one.Of == of).Select(one => one.Alert), .. Active.TryGetValue(of, out var alert) ? new[] { alert } : []];
}
