using Picket.Detection.Rules;
using Picket.Events.Batches;
using Picket.Events.Schema;

namespace Picket.Detection.Matching;

/// <summary>
/// Runs a <see cref="RuleSet"/> over batches. First the fields where witnesses of rules for a batch's events may be are looked through, a distinct value once; then each event is
/// looked at by the rules of which it has one. Keeps scratch memory and what it found in values between batches; not thread-safe.
/// </summary>
/// <param name="rules">The rules.</param>
/// <param name="time">Measures what rules take.</param>
/// <param name="tenants">Which of them are run for whom; null for all for everybody.</param>
/// <param name="setAside">Told when a rule failed or took too long too often, with the reason; it is not run any more by this matcher.</param>
public sealed class RuleMatcher(RuleSet rules, TimeProvider time, TenantRules? tenants = null, Action<Rule, string>? setAside = null)
{
    private const int None = -1;

    private readonly SourceRouter router = new();
    private readonly List<RuleGate> gates = [];
    private readonly Dictionary<string, Prefilter?> prefilters = [];
    private readonly RowSet maybe = new();
    private char[] letters = [];
    private readonly EventTerms terms = new(rules);
    private readonly int[] lookedAt = new int[rules.Compiled.Count];
    private readonly RuleCost[] costs = new RuleCost[rules.Rules.Count];
    private readonly (int Faults, int Runs)[] recent = new (int, int)[rules.Rules.Count];
    private ulong[]? active;
    private int gatesOf;
    private int[] kindOf = [];

    // Candidates of each row: the last, and the one before each.
    private int[] last = [];
    private (int Rule, int Before)[] candidates = new (int, int)[1_024];
    private int candidateCount;

    // Places of the rules that one event matches.
    private readonly List<int> hits = [];
    private int events;
    private MatchCounts counts;

    /// <summary>What has been done so far.</summary>
    public MatchCounts Counts => counts with { Values = terms.Found.Looked, ValuesKnown = terms.Found.Known };

    /// <summary>What the rule at a place has taken. May be asked while the rules are run; then it may be of a moment ago.</summary>
    public RuleCost CostAt(int place) => costs[place];

    /// <summary>Adds each rule and row that match: rows in order, those of a row in the order of the rules.</summary>
    public void Match(EventBatch batch, List<RuleMatch> into)
    {
        Route(batch);
        terms.Begin(batch);
        candidateCount = 0;
        Array.Fill(last, None, 0, batch.Count);
        FindCandidates(batch);
        for (var row = 0; row < batch.Count; row++)
        {
            Decide(row, batch.Tenants[row], gates[kindOf[row]], into);
        }
        terms.End();
        counts = counts with { Events = counts.Events + batch.Count };
    }

    private void Route(EventBatch batch)
    {
        if (kindOf.Length < batch.Count)
        {
            kindOf = new int[Math.Max(batch.Count, 1_024)];
            last = new int[kindOf.Length];
        }
        router.Route(batch, kindOf.AsSpan(0, batch.Count));
        if (gatesOf != router.Generation)
        {
            gatesOf = router.Generation;
            gates.Clear();
            prefilters.Clear();
        }
        while (gates.Count < router.Kinds.Count)
        {
            gates.Add(new RuleGate(rules, router.Kinds[gates.Count], prefilters));
        }
    }

    private void FindCandidates(EventBatch batch)
    {
        foreach (var index in rules.Indices)
        {
            if (index.Field is null)
            {
                FindInAnyField(batch, index);
            }
            else if (batch.TryGetColumn(index.Field, out var column))
            {
                Find(index, column);
            }
        }
    }

    private void Find(FieldIndex index, in Column column)
    {
        var filtered = Filter(index, column);
        for (var i = 0; i < column.ValueCount; i++)
        {
            var row = column.Row(i);
            var gate = gates[kindOf[row]];
            if (gate.Looks(index.Number))
            {
                var entry = column.Entry(i);
                Add(row, gate, filtered is null || gate.PrefilterOf(index.Number) != filtered || maybe.Contains(entry)
                    ? terms.Found.RulesAt(index.Field is null ? terms.Found.Look(index, column.Entries[entry]) : terms.PlaceOf(index, column, entry))
                    : column.Entries[entry].Kind == ValueKind.Null ? [] : gate.OnPresence(index.Number));
            }
        }
    }

    // Looks for what most of the rows ask through all of the column's text; null where that is not worth it.
    private Prefilter? Filter(FieldIndex index, in Column column)
    {
        if (column.Entries.Count * 4 < column.ValueCount || column.ValueCount < 64)
        {
            return null;
        }
        // The one of the row in the middle is that of many.
        Prefilter? prefilter = null;
        var rows = 0;
        foreach (var place in (ReadOnlySpan<int>)[column.ValueCount / 2, column.ValueCount / 4, 0])
        {
            prefilter ??= gates[kindOf[column.Row(place)]].PrefilterOf(index.Number);
        }
        for (var i = 0; i < column.ValueCount && prefilter is not null; i++)
        {
            rows += gates[kindOf[column.Row(i)]].PrefilterOf(index.Number) == prefilter ? 1 : 0;
        }
        if (prefilter is null || rows * 4 < column.ValueCount)
        {
            return null;
        }
        prefilter.Find(column.Entries, ref letters, maybe);
        return prefilter;
    }

    private void FindInAnyField(EventBatch batch, FieldIndex index)
    {
        var isLookedAt = false;
        for (var row = 0; row < batch.Count && !isLookedAt; row++)
        {
            isLookedAt = gates[kindOf[row]].Looks(index.Number);
        }
        if (!isLookedAt)
        {
            return;
        }
        foreach (var field in batch.Fields)
        {
            if (!EventSchema.IsAdded(field) && batch.TryGetColumn(field, out var column))
            {
                if (field.Equals(Overflow.Field))
                {
                    FindInOverflow(index, column);
                }
                else
                {
                    Find(index, column);
                }
            }
        }
    }

    private void FindInOverflow(FieldIndex index, in Column column)
    {
        for (var i = 0; i < column.ValueCount; i++)
        {
            var row = column.Row(i);
            if (!gates[kindOf[row]].Looks(index.Number))
            {
                continue;
            }
            for (var pairs = new Overflow.Pairs(column.Entries[column.Entry(i)].Text); pairs.MoveNext();)
            {
                Add(row, gates[kindOf[row]], terms.Found.RulesAt(terms.Found.Look(index, new Value(pairs.Kind, pairs.Text))));
            }
        }
    }

    private void Add(int row, RuleGate gate, ReadOnlySpan<int> found)
    {
        foreach (var rule in found)
        {
            if (gate.Contains(rule))
            {
                if (candidateCount == candidates.Length)
                {
                    Array.Resize(ref candidates, candidateCount * 2);
                }
                candidates[candidateCount] = (rule, last[row]);
                last[row] = candidateCount++;
            }
        }
    }

    private void Decide(int row, uint tenant, RuleGate gate, List<RuleMatch> into)
    {
        counts = counts with { Eligible = counts.Eligible + gate.Count };
        if (last[row] == None && gate.Always.Length == 0)
        {
            return;
        }
        terms.MoveTo(row);
        active = tenants?.Of(tenant);
        events++;
        hits.Clear();
        var asked = 0;
        for (var at = last[row]; at != None; at = candidates[at].Before)
        {
            asked += Decide(candidates[at].Rule);
        }
        foreach (var rule in gate.Always)
        {
            asked += Decide(rule);
        }
        hits.Sort();
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
        var start = time.GetTimestamp();
        var (holds, fault) = Run(rule);
        var took = time.GetTimestamp() - start;
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
