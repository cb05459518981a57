using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Storage.Encodings;
using Picket.Storage.Files;
using Picket.Storage.Index;

namespace Picket.Storage.Segments;

/// <summary>Encodes one block after another: gathers columns, picks encodings, finds tokens, counts for the cube. Keeps its scratch memory; not thread-safe.</summary>
internal sealed class BlockWriter : IDisposable
{
    private readonly RowGather gather = new();
    private readonly OverflowGather overflow = new();
    private readonly ValueDictionary dictionary = new();
    private readonly FingerprintSet tokens = new();
    private readonly long[] times = new long[Limits.BlockRows];
    private readonly uint[] tenants = new uint[Limits.BlockRows];

    /// <summary>The tokens of the block written last.</summary>
    public ReadOnlySpan<uint> Tokens => tokens.Found;

    public ReadOnlySpan<uint> Tenants => tenants.AsSpan(0, gather.Count);

    /// <summary>Appends the block's columns, and gives its header with places counted from where it began.</summary>
    /// <param name="into">Where to.</param>
    /// <param name="batches">Where rows are from.</param>
    /// <param name="rows">The rows, in order of tenant, time and number.</param>
    /// <param name="rewrites">How often merging has written them anew.</param>
    /// <param name="names">The segment's fields; new ones are added as long as there is room.</param>
    /// <param name="cube">Counts the rows; null when they are counted already.</param>
    public BlockHeader Write(NativeBuffer into, IReadOnlyList<EventBatch> batches, ReadOnlySpan<RowRef> rows, int rewrites, HashSet<Field> names, CubeBuilder? cube)
    {
        gather.Begin(batches, rows);
        tokens.Clear();
        var start = into.Length;
        var places = new List<ColumnPlace>();
        var count = gather.Count;
        gather.CopyTenants(tenants);
        gather.CopyTimes(times);
        var numbers = Integers.Scratch(count);
        for (var i = 0; i < numbers.Length; i++)
        {
            numbers[i] = tenants[i];
        }
        WriteNumbers(into, start, places, SystemColumns.Tenant, numbers);
        gather.CopyTimes(numbers);
        WriteNumbers(into, start, places, SystemColumns.Time, numbers);
        gather.CopyReceived(numbers);
        WriteNumbers(into, start, places, SystemColumns.Received, numbers);
        gather.CopySeqs(numbers);
        WriteNumbers(into, start, places, SystemColumns.Seq, numbers);
        WriteValues(into, start, places, SystemColumns.Shape, gather.Shapes());
        WriteFields(into, start, places, names, cube);
        cube?.AddBlock(Tenants, times.AsSpan(0, count));
        places.Sort((a, b) => a.Field.Hash.CompareTo(b.Field.Hash));
        return new BlockHeader(gather.Bounds(), rewrites, [.. places]);
    }

    public void Dispose()
    {
        gather.Dispose();
        overflow.Dispose();
        dictionary.Dispose();
        tokens.Dispose();
    }

    private void WriteFields(NativeBuffer into, int start, List<ColumnPlace> places, HashSet<Field> names, CubeBuilder? cube)
    {
        overflow.Clear();
        var fields = gather.Fields();
        var hadOverflow = fields.Remove(Overflow.Field);
        // Where not all have room, those that counts are asked by have it first, then those that most events have.
        var hasRoom = places.Count + fields.Count <= Events.Limits.BatchColumns && names.Count + fields.Count <= Limits.SegmentFields;
        foreach (var field in hasRoom ? (IEnumerable<Field>)fields : fields.OrderByDescending(CountCube.Fields.Contains).ThenByDescending(field => gather.Values(field).ValueCount))
        {
            var column = gather.Values(field);
            if (column.ValueCount == 0)
            {
                continue;
            }
            if (places.Count >= Events.Limits.BatchColumns || (names.Count >= Limits.SegmentFields && !names.Contains(field)))
            {
                overflow.Add(field, column);
                continue;
            }
            names.Add(field);
            var facts = WriteValues(into, start, places, field, column);
            var isDictionary = dictionary.Count > 0;
            for (var i = 0; cube is { IsWhole: true } && i < CountCube.Fields.Count; i++)
            {
                if (field.Equals(CountCube.Fields[i]))
                {
                    cube.SetColumn(i, column, dictionary);
                }
            }
            if (!facts.IsDirect)
            {
                Fingerprints.Add(tokens, field, isDictionary ? dictionary.Distinct.View(dictionary.Count).Entries : column.Entries, wholes: isDictionary);
            }
        }
        if (hadOverflow)
        {
            overflow.Add(gather.Values(Overflow.Field));
        }
        var spilled = overflow.Values(gather.Count);
        if (spilled.ValueCount > 0)
        {
            WriteValues(into, start, places, Overflow.Field, spilled);
            AddOverflowTokens(spilled, cube);
        }
    }

    private void AddOverflowTokens(Column spilled, CubeBuilder? cube)
    {
        var known = new Dictionary<ulong, Field>();
        for (var i = 0; i < spilled.ValueCount; i++)
        {
            var pairs = new Overflow.Pairs(spilled.Entries[spilled.Entry(i)].Text);
            while (pairs.MoveNext())
            {
                if (!known.TryGetValue(Field.HashOf(pairs.Name), out var field) || !pairs.Name.SequenceEqual(field.Utf8))
                {
                    known[Field.HashOf(pairs.Name)] = field = Field.FromUtf8(pairs.Name);
                    if (CountCube.Fields.Contains(field))
                    {
                        // The cube is made of columns, and would not have these.
                        cube?.GiveUp();
                    }
                }
                tokens.Add(Fingerprints.OfPresence(field));
                Fingerprints.Add(tokens, field, new Value(pairs.Kind, pairs.Text), wholes: true);
            }
        }
    }

    private static void WriteNumbers(NativeBuffer into, int start, List<ColumnPlace> places, Field field, Span<long> values)
    {
        var at = Begin(into);
        var count = values.Length;
        Integers.Write(into, values);
        End(into, start, at, places, field, new ColumnFacts(count, 0, count * sizeof(long), NumberRange.Unknown, true));
    }

    private ColumnFacts WriteValues(NativeBuffer into, int start, List<ColumnPlace> places, Field field, Column column)
    {
        var at = Begin(into);
        var facts = Values.Write(into, column, dictionary);
        End(into, start, at, places, field, facts);
        return facts;
    }

    private static int Begin(NativeBuffer into)
    {
        into.Append(0u);
        return into.Length - sizeof(uint);
    }

    private static void End(NativeBuffer into, int start, int at, List<ColumnPlace> places, Field field, ColumnFacts facts)
    {
        var bytes = into.Written[at..];
        BitConverter.TryWriteBytes(bytes, Checksum.Of(bytes[sizeof(uint)..]));
        places.Add(new ColumnPlace(field, at - start, bytes.Length, facts));
    }
}
