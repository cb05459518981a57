using Picket.Events.Batches;
using Picket.Query.Operators;
using Picket.Query.Text;

namespace Picket.Detection.Matching;

/// <summary>
/// What the indices found in values: the predicates that hold for each, and the rules of which one is a witness. Values met before, in this batch or one before, are not
/// looked at again. Bounded: when it is full all is forgotten, which <see cref="Generation"/> tells. Not thread-safe.
/// </summary>
internal sealed class FoundValues(RuleSet rules)
{
    private const int MostValues = 131_072;
    private const int MostBytes = 16 * 1024 * 1024;
    private const int MostNumbers = 4 * 1024 * 1024;

    // Longer values seldom come again.
    private const int MostRemembered = 1_024;

    private const int OfNothing = 0;

    private readonly ValueTable known = new(MostValues, MostBytes);
    private readonly long[] predicateSeen = new long[rules.IndexOfPredicate.Count];
    private readonly long[] ruleSeen = new long[rules.Compiled.Count];

    // Of each value: how many predicates, these, how many rules, these. At 0 that of a value that satisfies nothing.
    private int[] numbers = new int[4_096];
    private int used = 2;
    private long tick;
    private byte[] scratch = new byte[4_096];

    /// <summary>Rises when places given before mean nothing any more.</summary>
    public long Generation { get; private set; }

    /// <summary>Values looked at.</summary>
    public long Looked { get; private set; }

    /// <summary>Those of them that were known.</summary>
    public long Known { get; private set; }

    public ReadOnlySpan<int> PredicatesAt(int place) => numbers.AsSpan(place + 1, numbers[place]);

    public ReadOnlySpan<int> RulesAt(int place)
    {
        var at = place + 1 + numbers[place];
        return numbers.AsSpan(at + 1, numbers[at]);
    }

    /// <summary>The place of what is found in a value.</summary>
    public int Look(FieldIndex index, Value value)
    {
        if (value.Kind == ValueKind.Null)
        {
            return OfNothing;
        }
        var tag = (index.Number << 1) | (value.IsJson ? 1 : 0);
        Looked++;
        if (value.Text.Length <= MostRemembered && known.TryGet(tag, value.Text, out var place))
        {
            Known++;
            return place;
        }
        if (used >= MostNumbers || known.IsFull)
        {
            known.Clear();
            used = 2;
            Generation++;
        }
        place = Find(index, value);
        if (value.Text.Length <= MostRemembered)
        {
            known.Add(tag, value.Text, place);
        }
        return place;
    }

    private int Find(FieldIndex index, Value value)
    {
        tick++;
        if (scratch.Length < CaseFold.MostBytes(value.Text.Length))
        {
            scratch = new byte[CaseFold.MostBytes(value.Text.Length) * 2];
        }
        var start = used;
        Push(0);
        var found = new Gathered(this);
        found.Add(index.Present);
        if (!value.IsJson)
        {
            index.Find(value.Text, scratch, ref found);
        }
        else if (index.HasTexts)
        {
            FindInMembers(index, value, ref found);
        }
        var predicates = numbers[start] = used - start - 1;
        var rulesAt = used;
        Push(0);
        for (var i = start + 1; i <= start + predicates; i++)
        {
            foreach (var rule in rules.WatchedBy[numbers[i]] ?? [])
            {
                if (ruleSeen[rule] != tick)
                {
                    ruleSeen[rule] = tick;
                    Push(rule);
                }
            }
        }
        numbers[rulesAt] = used - rulesAt - 1;
        return start;
    }

    private void FindInMembers(FieldIndex index, Value value, ref Gathered found)
    {
        var members = new JsonScalars(value.Text);
        while (members.MoveNext())
        {
            if (members.Kind != ValueKind.Null)
            {
                index.Find(members.Current.Text, scratch, ref found);
            }
        }
        members.Dispose();
    }

    private void Push(int number)
    {
        if (used == numbers.Length)
        {
            Array.Resize(ref numbers, numbers.Length * 2);
        }
        numbers[used++] = number;
    }

    private readonly ref struct Gathered(FoundValues into) : FieldIndex.IFound
    {
        public void Add(int predicate)
        {
            if (into.predicateSeen[predicate] != into.tick)
            {
                into.predicateSeen[predicate] = into.tick;
                into.Push(predicate);
            }
        }
    }
}
