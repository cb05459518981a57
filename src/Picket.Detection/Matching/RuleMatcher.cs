using Picket.Detection.Rules;
using Picket.Events.Batches;

namespace Picket.Detection.Matching;

/// <summary>
/// Runs a <see cref="RuleSet"/> over batches. First the fields where witnesses of rules for a batch's events may be are looked through, a distinct value once; of the rules of which
/// an event has one, those are candidates that what the indices found does not rule out; and where it does not decide them either, their operators are asked. Keeps scratch memory and what it found in values between batches; not thread-safe.
/// </summary>
public sealed class RuleMatcher
{
    private readonly RuleSet rules;
    private readonly TimeProvider time;
    private readonly TenantRules? tenants;
    private readonly Action<Rule, string>? setAside;
    private readonly EventTerms terms;
    private readonly CandidateSearch search;

    // The number of the event for which a rule was last looked at: 64 bits, for at a hundred thousand events a second 32 come again within the day.
    private readonly long[] lookedAt;
    private readonly RuleCost[] costs;
    private readonly (int Faults, int Runs)[] recent;
    private ulong[]? active;
    private uint? activeOf;

    // Places of the rules that one event matches.
    private readonly List<int> hits = [];
    private readonly List<int> candidates = [];
    private long events;
    private MatchCounts counts;

    /// <param name="rules">The rules.</param>
    /// <param name="time">Measures what rules take.</param>
    /// <param name="tenants">Which of them are run for whom; null for all for everybody.</param>
    /// <param name="setAside">Told when a rule failed or took too long too often, with the reason; it is not run any more by this matcher.</param>
    public RuleMatcher(RuleSet rules, TimeProvider time, TenantRules? tenants = null, Action<Rule, string>? setAside = null)
    {
        (this.rules, this.time, this.tenants, this.setAside) = (rules, time, tenants, setAside);
        (terms, lookedAt) = (new EventTerms(rules), new long[rules.Compiled.Count]);
        (costs, recent) = (new RuleCost[rules.Rules.Count], new (int, int)[rules.Rules.Count]);
        search = new CandidateSearch(rules, terms);
    }

    /// <summary>What has been done so far.</summary>
    public MatchCounts Counts => counts with { Values = terms.Found.Looked, ValuesKnown = terms.Found.Known };

    /// <summary>What the rule at a place has taken. May be asked while the rules are run; then it may be of a moment ago.</summary>
    public RuleCost CostAt(int place) => costs[place];

    /// <summary>Does not run a rule, as another matcher found that it must not be.</summary>
    /// <returns>Whether it is one of these rules.</returns>
    public bool TrySetAside(Rule rule)
    {
        var place = -1;
        for (var i = 0; i < rules.Rules.Count && place < 0; i++)
        {
            place = ReferenceEquals(rules.Rules[i], rule) ? i : -1;
        }
        if (place >= 0)
        {
            costs[place] = costs[place] with { IsSetAside = true };
        }
        return place >= 0;
    }

    /// <summary>Adds each rule and row that match: rows in order, those of a row in the order of the rules.</summary>
    public void Match(EventBatch batch, List<RuleMatch> into)
    {
        terms.Begin(batch);
        search.Find(batch);
        for (var row = 0; row < batch.Count; row++)
        {
            Decide(row, batch.Tenants[row], search.GateOf(row), into);
        }
        terms.End();
        counts = counts with { Events = counts.Events + batch.Count };
    }

    private void Decide(int row, uint tenant, RuleGate gate, List<RuleMatch> into)
    {
        counts = counts with { Eligible = counts.Eligible + gate.Count };
        candidates.Clear();
        search.Read(row, candidates);
        candidates.AddRange(gate.Always);
        if (candidates.Count == 0)
        {
            return;
        }
        terms.MoveTo(row);
        if (tenants is not null && tenant != activeOf)
        {
            (active, activeOf) = (tenants.Of(tenant), tenant);
        }
        events++;
        hits.Clear();
        var asked = 0;
        foreach (var rule in candidates)
        {
            asked += Decide(rule);
        }
        if (hits.Count > 1)
        {
            hits.Sort();
        }
        foreach (var place in hits)
        {
            into.Add(new RuleMatch(rules.Rules[place], place, row));
        }
        counts = counts with { Candidates = counts.Candidates + asked, Matches = counts.Matches + hits.Count };
    }

    // A rule may be watched for by several predicates that hold.
    private int Decide(int number)
    {
        if (lookedAt[number] == events)
        {
            return 0;
        }
        lookedAt[number] = events;
        var rule = rules.Compiled[number];
        ref var cost = ref costs[rule.Place];
        if (cost.IsSetAside || (active is not null && (active[rule.Place >> 6] & (1ul << rule.Place)) == 0))
        {
            return 0;
        }
        var known = rule.Condition.Known(terms);
        if (known == false)
        {
            return 0;
        }
        // Of one that what was found decides there is nothing to measure.
        var start = known == true ? 0 : time.GetTimestamp();
        var (holds, fault) = known == true ? (true, null) : Run(rule);
        var took = known == true ? 0 : time.GetTimestamp() - start;
        cost = cost with { Candidates = cost.Candidates + 1, Matches = cost.Matches + (holds ? 1 : 0), Ticks = cost.Ticks + took };
        if (holds)
        {
            hits.Add(rule.Place);
        }
        if (fault is not null || took > Limits.RuleTime.TotalSeconds * time.TimestampFrequency)
        {
            Blame(rule, fault ?? $"it took longer than {Limits.RuleTime.TotalMilliseconds:N0} ms for an event");
        }
        else if (++recent[rule.Place].Runs >= Limits.RuleFaultsWithin)
        {
            recent[rule.Place] = default;
        }
        return 1;
    }

    private (bool Holds, string? Fault) Run(CompiledRule rule)
    {
        try
        {
            return (rule.Condition.Holds(terms), null);
        }
        // Whatever is wrong with one rule, the others go on.
        catch (Exception error)
        {
            return (false, error.Message);
        }
    }

    private void Blame(CompiledRule rule, string reason)
    {
        ref var cost = ref costs[rule.Place];
        var isSetAside = ++recent[rule.Place].Faults >= Limits.RuleFaults;
        cost = cost with { Faults = cost.Faults + 1, IsSetAside = isSetAside };
        if (isSetAside)
        {
            setAside?.Invoke(rule.Rule, reason);
        }
    }
}
