using Picket.Events;

namespace Picket.Metastore;

/// <summary>A rule's hit on an event, as it is kept.</summary>
/// <param name="Version">The rule's version.</param>
/// <param name="Seq">The event's number in the log.</param>
/// <param name="Time">When it happened; ns since 1970.</param>
/// <param name="ReceivedAt">When it was received; ns since 1970.</param>
public readonly record struct KeptMatch(int Version, ulong Seq, long Time, long ReceivedAt);

/// <summary>What rules matched since it was written down: of each how many events, and the newest of them. Not thread-safe.</summary>
public sealed class MatchTally
{
    private readonly Dictionary<(TenantId Tenant, string Rule), OfRule> rules = [];

    /// <summary>Matches of one rule.</summary>
    public sealed class OfRule
    {
        private readonly Queue<KeptMatch> newest = [];

        /// <summary>How many there were.</summary>
        public long Count { get; private set; }

        /// <summary>When the last of them happened; ns since 1970.</summary>
        public long LastTime { get; private set; } = long.MinValue;

        /// <summary>The newest, at most <see cref="MatchTable.Kept"/>, in the order of the log.</summary>
        public IReadOnlyCollection<KeptMatch> Newest => newest;

        // False where one that was there has gone for it.
        internal bool Add(in KeptMatch match)
        {
            Count++;
            LastTime = Math.Max(LastTime, match.Time);
            newest.Enqueue(match);
            return newest.Count <= MatchTable.Kept || !newest.TryDequeue(out _);
        }
    }

    /// <summary>How many matches it holds.</summary>
    public int Kept { get; private set; }

    public bool IsEmpty => rules.Count == 0;

    /// <summary>Those of each rule and tenant.</summary>
    public IReadOnlyDictionary<(TenantId Tenant, string Rule), OfRule> Rules => rules;

    /// <summary>Those of a rule, until it is written down.</summary>
    public OfRule Of(TenantId tenant, string rule)
    {
        if (!rules.TryGetValue((tenant, rule), out var of))
        {
            rules.Add((tenant, rule), of = new OfRule());
        }
        return of;
    }

    /// <param name="of">One of these.</param>
    /// <param name="match">Behind those before, in the order of the log.</param>
    public void Add(OfRule of, in KeptMatch match) => Kept += of.Add(match) ? 1 : 0;

    /// <summary>It is written down.</summary>
    public void Clear()
    {
        rules.Clear();
        Kept = 0;
    }
}
