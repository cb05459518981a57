using System.Text;
using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Testing;

namespace Picket.Events.Tests;

public sealed class OverflowTests
{
    private const int Names = 1_500;

    [Fact]
    public void Fields_past_the_columns_of_a_batch_are_read_and_copied_as_the_others() => Property.Holds(5, random =>
    {
        var (json, values) = Events(random, 30);
        using var first = Some.Batch(json);
        Assert.Contains(Overflow.Field, first.Fields);
        var (fewJson, fewValues) = Events(random, 1);
        using var few = Some.Batch(fewJson);
        using var builder = new EventBatchBuilder();
        builder.AddRows(few);
        builder.AddRows(first);
        builder.AddRows([few, first], [new RowRef(1, 3), new RowRef(0, 0), new RowRef(1, 29)]);
        using var all = builder.Seal();
        AssertHolds(first, values);
        AssertHolds(all, [.. fewValues, .. values, values[3], fewValues[0], values[29]]);
        Assert.Equal(json[29], Some.Original(all[33]));
    });

    [Fact]
    public void Bytes_that_are_no_pairs_end_early() => Property.Holds(2_000, random =>
    {
        using var bytes = new NativeBuffer();
        for (var i = random.Next(3); i >= 0; i--)
        {
            Overflow.Append(bytes, new Field("name" + i), (ValueKind)random.Next(1, 4), Encoding.UTF8.GetBytes(new string('x', random.Next(300))));
        }
        for (var i = random.Next(3); i > 0; i--)
        {
            bytes.Written[random.Next(bytes.Length)] = (byte)random.Next(256);
        }
        bytes.Truncate(random.Next(bytes.Length + 1));
        var read = 0;
        var pairs = new Overflow.Pairs(bytes.Written);
        while (pairs.MoveNext())
        {
            read += 2 + pairs.Name.Length + pairs.Text.Length;
        }
        Assert.True(read <= bytes.Length);
    });

    // Each event has some of many fields, so that a field may stand in a column in one event and in the overflow in another.
    private static (string[] Json, Dictionary<string, int>[] Values) Events(Random random, int count)
    {
        var values = Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, 150).Select(_ => "f" + random.Next(Names)).Distinct().ToDictionary(name => name, _ => random.Next(1_000))).ToArray();
        return ([.. values.Select(one => "{" + string.Join(',', one.Select(pair => $"\"{pair.Key}\":{pair.Value}")) + "}")], values);
    }

    private static void AssertHolds(EventBatch batch, Dictionary<string, int>[] values)
    {
        Assert.Equal(values.Length, batch.Count);
        for (var number = 0; number < Names; number += 17)
        {
            var field = new Field("f" + number);
            for (var row = 0; row < batch.Count; row++)
            {
                var found = batch[row].TryGet(field, out var value) ? Encoding.UTF8.GetString(value.Text) : null;
                Assert.Equal(values[row].TryGetValue(field.Name, out var expected) ? $"{expected}" : null, found);
            }
        }
    }
}
