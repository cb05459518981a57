using Picket.Detection.Rules;
using Picket.Events;

namespace Picket.Detection.Alerts;

/// <summary>What some events change of one alert: it is raised, or one that is active has further events.</summary>
/// <param name="Tenant">Whose.</param>
/// <param name="Rule">What raises it.</param>
/// <param name="Fingerprint">Which alert: one is active at a time.</param>
public sealed record AlertChange(TenantId Tenant, Rule Rule, string Fingerprint)
{
    /// <summary>Events kept by their ids for one alert.</summary>
    public const int MostEvidence = 1_000;

    /// <summary>Whether they belong to the alert of this fingerprint that was closed last, for they came before it was.</summary>
    public bool IsOfClosed { get; init; }

    /// <summary>What tells its group from others of the rule: names and values.</summary>
    public IReadOnlyList<(string Name, string Value)> Group { get; init; } = [];

    /// <summary>Values of the event that raised it: <c>host</c>, <c>user_id</c>, <c>src_ip</c> and such.</summary>
    public IReadOnlyDictionary<string, string> Values { get; init; } = new Dictionary<string, string>();

    /// <summary>How many events count that did not before.</summary>
    public long Count { get; internal set; }

    /// <summary>When the first of them happened; ns since 1970.</summary>
    public long FirstSeen { get; internal set; } = long.MaxValue;

    /// <summary>When the last of them happened; ns since 1970.</summary>
    public long LastSeen { get; internal set; } = long.MinValue;

    /// <summary>From when on events count; ns since 1970. The greatest there is where each does.</summary>
    public long From { get; internal set; } = long.MaxValue;

    /// <summary>When the last event happened at which the rule held; ns since 1970.</summary>
    public long Held { get; internal set; } = long.MinValue;

    /// <summary>The number of the event at which the rule held first, by when they happened; 0 where that was told before.</summary>
    public ulong FiredAt { get; internal set; }

    /// <summary>Whether the rule held at one of the events that were looked at.</summary>
    public bool IsHeld { get; internal set; }

    /// <summary>Those of the events that are kept by their ids: at most <see cref="MostEvidence"/>.</summary>
    public IReadOnlyList<EventRef> Evidence => evidence;

    internal int Most { get; init; } = MostEvidence;

    private readonly List<EventRef> evidence = [];

    /// <summary>Events count.</summary>
    /// <param name="count">How many.</param>
    /// <param name="seen">When the first and the last of them happened.</param>
    /// <param name="of">Those that are known by their ids.</param>
    internal void Add(long count, (long First, long Last) seen, IReadOnlyList<EventRef> of)
    {
        Count += count;
        (FirstSeen, LastSeen) = (Math.Min(FirstSeen, seen.First), Math.Max(LastSeen, seen.Last));
        evidence.AddRange(of.Take(Most - evidence.Count));
    }

    /// <summary>An event counts.</summary>
    internal void Add(in EventRef seen)
    {
        Count++;
        FirstSeen = Math.Min(FirstSeen, seen.Time);
        LastSeen = Math.Max(LastSeen, seen.Time);
        if (evidence.Count < Most)
        {
            evidence.Add(seen);
        }
    }
}
