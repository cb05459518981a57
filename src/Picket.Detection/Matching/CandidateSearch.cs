using Picket.Events.Batches;
using Picket.Events.Schema;

namespace Picket.Detection.Matching;

/// <summary>
/// Finds for each event of a batch the rules of which it has a witness: only in the fields where witnesses of rules for the batch's events may be, each distinct value once. Keeps
/// scratch memory between batches; not thread-safe.
/// </summary>
internal sealed class CandidateSearch(RuleSet rules, EventTerms terms)
{
    private const int None = -1;

    private readonly SourceRouter router = new();
    private readonly List<RuleGate> gates = [];
    private readonly Dictionary<string, Prefilter?> prefilters = [];
    private readonly RowSet maybe = new();
    private char[] letters = [];
    private int gatesOf;
    private int[] kindOf = [];

    // Candidates of each row: the last, and the one before each.
    private int[] last = [];
    private (int Rule, int Before)[] candidates = new (int, int)[1_024];
    private int count;

    public void Find(EventBatch batch)
    {
        Route(batch);
        count = 0;
        Array.Fill(last, None, 0, batch.Count);
        var named = NamesWithOverflow(batch);
        foreach (var index in rules.Indices)
        {
            if (index.Field is null)
            {
                FindInAnyField(batch, index);
            }
            else if (named?.Contains(index.Field.Hash) != false && batch.TryGetColumn(index.Field, out var column))
            {
                Find(index, column);
            }
        }
    }

    /// <summary>Which rules are for an event of the batch at all.</summary>
    public RuleGate GateOf(int row) => gates[kindOf[row]];

    /// <summary>Adds the candidates of an event; a rule of which it has several witnesses as often.</summary>
    public void Read(int row, List<int> into)
    {
        for (var at = last[row]; at != None; at = candidates[at].Before)
        {
            into.Add(candidates[at].Rule);
        }
    }

    // Where some fields stand in the overflow, asking for each goes through all of it: these are the hashes of those there are. Null where asking is cheap.
    private static HashSet<ulong>? NamesWithOverflow(EventBatch batch)
    {
        if (!batch.Fields.Contains(Overflow.Field) || !batch.TryGetColumn(Overflow.Field, out var overflow))
        {
            return null;
        }
        var names = batch.Fields.Select(field => field.Hash).ToHashSet();
        for (var entry = 0; entry < overflow.Entries.Count; entry++)
        {
            for (var pairs = new Overflow.Pairs(overflow.Entries[entry].Text); pairs.MoveNext();)
            {
                names.Add(Field.HashOf(pairs.Name));
            }
        }
        return names;
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
                if (count == candidates.Length)
                {
                    Array.Resize(ref candidates, count * 2);
                }
                candidates[count] = (rule, last[row]);
                last[row] = count++;
            }
        }
    }
}
