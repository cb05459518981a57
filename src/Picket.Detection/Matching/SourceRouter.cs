using System.Text;
using Picket.Events.Batches;
using Picket.Events.Schema;

namespace Picket.Detection.Matching;

/// <summary>
/// Tells where each event of a batch comes from. Fields are looked at one after the other, a column's entry once: (what was known of a row, the next field's value) is a step
/// to what is known then, and each end of such a way is looked up in <see cref="SourceTable"/> once. Keeps that between batches, within bounds. Not thread-safe.
/// </summary>
internal sealed class SourceRouter
{
    private const int MostValues = 16_384;
    private const int MostStates = 16_384;
    // Longer ones, and arrays, are taken for the empty text, by which nothing is told.
    private const int MostText = 256;
    private const int Start = 0;

    private readonly ValueTable values = new(MostValues, MostValues * 32);
    private readonly List<string> texts = [];
    private readonly Dictionary<(int State, int Field, int Value), int> steps = [];
    private readonly List<(int Before, int Field, int Value)> states = [];
    private readonly Dictionary<string, int> kinds = [];
    private readonly List<SourceKind> found = [];
    private int[] kindOfState = [];
    private int[] numbers = [];

    public SourceRouter() => Forget();

    /// <summary>Rises when what it numbered before has no meaning any more.</summary>
    public int Generation { get; private set; }

    /// <summary>The kinds found so far.</summary>
    public IReadOnlyList<SourceKind> Kinds => found;

    /// <summary>Where one event comes from.</summary>
    public static EventSource SourceOf(EventRow row)
    {
        var values = new Dictionary<Field, string>();
        foreach (var field in SourceTable.Fields)
        {
            if (row.TryGet(field, out var value) && value.Kind != ValueKind.Null)
            {
                values.Add(field, value.IsJson ? "" : Encoding.UTF8.GetString(value.Text));
            }
        }
        return SourceTable.Find(values).Source;
    }

    /// <summary>Makes each row's number the place of its kind in <see cref="Kinds"/>.</summary>
    public void Route(EventBatch batch, Span<int> kindOf)
    {
        if (values.IsFull || states.Count >= MostStates)
        {
            Forget();
        }
        kindOf.Clear();
        for (var field = 0; field < SourceTable.Fields.Count; field++)
        {
            if (batch.TryGetColumn(SourceTable.Fields[field], out var column))
            {
                Walk(column, field, kindOf);
            }
        }
        if (kindOfState.Length < states.Count)
        {
            Array.Resize(ref kindOfState, states.Count * 2);
        }
        foreach (ref var state in kindOf)
        {
            ref var kind = ref kindOfState[state];
            kind = kind > 0 ? kind : KindOf(state) + 1;
            state = kind - 1;
        }
    }

    private void Walk(Column column, int field, Span<int> stateOf)
    {
        if (numbers.Length < column.Entries.Count)
        {
            numbers = new int[Math.Max(column.Entries.Count, 8_192)];
        }
        var isValued = SourceTable.IsValued(SourceTable.Fields[field]);
        for (var entry = 0; entry < column.Entries.Count; entry++)
        {
            var value = column.Entries[entry];
            numbers[entry] = value.Kind == ValueKind.Null ? -1 : isValued && !value.IsJson ? NumberOf(value.Text) : 0;
        }
        var (lastState, lastNumber, lastNext) = (-1, -1, -1);
        for (var i = 0; i < column.ValueCount; i++)
        {
            var number = numbers[column.Entry(i)];
            if (number >= 0)
            {
                ref var state = ref stateOf[column.Row(i)];
                if (state != lastState || number != lastNumber)
                {
                    (lastState, lastNumber, lastNext) = (state, number, Next(state, field, number));
                }
                state = lastNext;
            }
        }
    }

    private int Next(int state, int field, int value)
    {
        if (!steps.TryGetValue((state, field, value), out var next))
        {
            next = states.Count;
            states.Add((state, field, value));
            steps.Add((state, field, value), next);
        }
        return next;
    }

    private int NumberOf(ReadOnlySpan<byte> text)
    {
        text = text.Length > MostText ? default : text;
        if (!values.TryGet(0, text, out var number))
        {
            number = texts.Count;
            texts.Add(Encoding.UTF8.GetString(text));
            values.Add(0, text, number);
        }
        return number;
    }

    private int KindOf(int state)
    {
        var has = new Dictionary<Field, string>();
        for (var at = state; at != Start; at = states[at].Before)
        {
            has.Add(SourceTable.Fields[states[at].Field], texts[states[at].Value]);
        }
        var (source, apart) = SourceTable.Find(has);
        var told = apart.Where(field => has.GetValueOrDefault(field) is { Length: > 0 }).ToDictionary(field => field, field => has[field]);
        var name = string.Join('\0', new[] { source.Product, source.Service, string.Join(',', source.Categories) }.Concat(told.Select(pair => $"{pair.Key}={pair.Value}")));
        if (!kinds.TryGetValue(name, out var kind))
        {
            kind = found.Count;
            kinds.Add(name, kind);
            found.Add(new SourceKind(source, told));
        }
        return kind;
    }

    private void Forget()
    {
        values.Clear();
        texts.Clear();
        texts.Add("");
        steps.Clear();
        states.Clear();
        states.Add((Start, -1, 0));
        kinds.Clear();
        found.Clear();
        Array.Clear(kindOfState);
        Generation++;
    }
}
