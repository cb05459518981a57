namespace Picket.Detection.Matching;

/// <summary>Which rules are for events of one kind, and where to look for their witnesses.</summary>
internal sealed class RuleGate
{
    private readonly ulong[] eligible;
    private readonly bool[] looks;
    private readonly Prefilter?[] prefilters;
    private readonly int[]?[] onPresence;

    /// <param name="rules">All rules.</param>
    /// <param name="kind">Of which events.</param>
    /// <param name="made">Prefilters by what they look for, so that gates have them in common.</param>
    public RuleGate(RuleSet rules, SourceKind kind, Dictionary<string, Prefilter?> made)
    {
        eligible = new ulong[(rules.Compiled.Count + 63) / 64];
        looks = new bool[rules.Indices.Count];
        var always = new List<int>();
        var texts = new Dictionary<int, SortedSet<string>>();
        onPresence = new int[rules.Indices.Count][];
        for (var rule = 0; rule < rules.Compiled.Count; rule++)
        {
            var compiled = rules.Compiled[rule];
            if (!compiled.Suits(kind.Source) || !Possible.Holds(compiled.Filter, kind.Known))
            {
                continue;
            }
            Count++;
            eligible[rule >> 6] |= 1ul << rule;
            if (compiled.Witness is null)
            {
                always.Add(rule);
            }
            foreach (var predicate in compiled.Witness?.Predicates ?? [])
            {
                var index = rules.IndexOfPredicate[predicate];
                looks[index] = true;
                if (rules.TextOf(predicate) is { } text)
                {
                    texts.TryAdd(index, new SortedSet<string>(StringComparer.Ordinal));
                    texts[index].Add(text);
                }
                else
                {
                    onPresence[index] = [.. onPresence[index] ?? [], rule];
                }
            }
        }
        Always = [.. always];
        prefilters = new Prefilter?[rules.Indices.Count];
        foreach (var (index, sought) in texts)
        {
            var name = string.Join('\0', sought);
            if (!made.TryGetValue(name, out prefilters[index]))
            {
                made.Add(name, prefilters[index] = Prefilter.Of(sought));
            }
        }
    }

    /// <summary>How many rules there are for such events.</summary>
    public int Count { get; }

    /// <summary>Rules without a witness, looked at with each event.</summary>
    public int[] Always { get; }

    public bool Contains(int rule) => (eligible[rule >> 6] & (1ul << rule)) != 0;

    /// <summary>Whether a witness of one of them may be found by this index.</summary>
    public bool Looks(int index) => looks[index];

    /// <summary>Finds the values in which a text of a witness may stand; null where there is none for the index.</summary>
    public Prefilter? PrefilterOf(int index) => prefilters[index];

    /// <summary>The rules of which it is a witness that the field has a value.</summary>
    public ReadOnlySpan<int> OnPresence(int index) => onPresence[index];
}
