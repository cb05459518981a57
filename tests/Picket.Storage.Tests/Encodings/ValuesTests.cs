using System.Globalization;
using System.Text;
using Picket.Events.Batches;
using Picket.Storage.Encodings;
using Picket.Storage.Files;
using Picket.Testing;

namespace Picket.Storage.Tests.Encodings;

public sealed class ValuesTests : ReturnsItsMemory
{
    [Theory]
    [InlineData("constant of text", "same", "same", "same")]
    [InlineData("uuids", "dfbd4127-d128-4ad1-97c8-01b93470f4c9", "32061fd9-83b5-48cd-a997-b3c63afaba45")]
    [InlineData("text", "dfbd4127-d128-4ad1-97c8-01b93470f4c9", "32061FD9-83b5-48cd-a997-b3c63afaba45")]
    [InlineData("addresses", "10.0.0.1", "192.168.100.254", "0.0.0.0")]
    [InlineData("text", "10.0.0.1", "010.0.0.1")]
    [InlineData("hexadecimal", "d41d8cd98f00b204e9800998ecf8427e", "00000000000000000000000000000000")]
    [InlineData("instants", "2026-01-20T06:15:22Z", "2026-01-20T06:15:22.001Z", "1970-01-01T00:00:00.000000001Z")]
    [InlineData("text", "2026-01-20T06:15:22Z", "2026-01-20T06:15:22.000Z")]
    [InlineData("integers", "#0", "#-1", "#999999999999999", "#404")]
    [InlineData("text", "#1", "#9999999999999999999")]
    [InlineData("decimals", "#1.5", "#20", "#-0.25", "#19.16")]
    [InlineData("text", "#1.5", "#1.50")]
    [InlineData("text", "#1.5", "#1e3")]
    [InlineData("text", "", "Ünïcode", "\0 with a NUL")]
    public void Values_come_back_byte_for_byte_by_the_encoding_that_suits_them(string encoding, params string[] values)
    {
        using var column = new ColumnMemory();
        for (var i = 0; i < values.Length; i++)
        {
            var isNumber = values[i].StartsWith('#');
            var kind = !isNumber ? ValueKind.Text : values[i].AsSpan().ContainsAny('.', 'e') ? ValueKind.Decimal : ValueKind.Integer;
            column.Add(i, kind, Encoding.UTF8.GetBytes(isNumber ? values[i][1..] : values[i]));
        }
        column.Settle(values.Length);
        using var written = new NativeBuffer();
        using var dictionary = new ValueDictionary();
        Values.Write(written, column.View(values.Length), dictionary);
        var reader = new ByteReader(written.Written, "test");
        Assert.Equal(encoding, Values.Describe(ref reader, values.Length));
        AssertSame(column.View(values.Length), written, values.Length);
    }

    [Fact]
    public void Any_column_comes_back_and_its_facts_hold() => Property.Holds(400, random =>
    {
        var rowCount = random.Next(1, 600);
        using var column = RandomColumn(random, rowCount);
        if (column.EntryCount == 0)
        {
            return;
        }
        using var written = new NativeBuffer();
        using var dictionary = new ValueDictionary();
        var facts = Values.Write(written, column.View(rowCount), dictionary);
        var view = column.View(rowCount);
        AssertSame(view, written, rowCount);
        Assert.Equal(view.ValueCount, facts.Values);
        var textBytes = 0L;
        for (var i = 0; i < view.ValueCount; i++)
        {
            var value = view.Entries[view.Entry(i)];
            textBytes += value.Text.Length;
            Assert.True((facts.Kinds & (1 << (int)value.Kind)) != 0);
            if (facts.Range.IsKnown)
            {
                var number = double.Parse(value.Text, CultureInfo.InvariantCulture);
                Assert.True(value.IsNumber && number >= facts.Range.Least && number <= facts.Range.Greatest);
            }
        }
        Assert.Equal(textBytes, facts.TextBytes);
    });

    [Fact]
    public void Numbers_read_as_numbers_are_the_doubles_of_their_text() => Property.Holds(200, random =>
    {
        using var column = new ColumnMemory();
        var decimals = random.Next(2) == 0;
        for (var row = 0; row < 200; row++)
        {
            var text = decimals
                ? Math.Round((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(6)), random.Next(1, 5)).ToString("0.0####", CultureInfo.InvariantCulture)
                : random.NextInt64(-1_000_000_000_000, 1_000_000_000_000).ToString(CultureInfo.InvariantCulture);
            column.Add(row, decimals ? ValueKind.Decimal : ValueKind.Integer, Encoding.ASCII.GetBytes(text == "-0.0" ? "0.0" : text));
        }
        column.Settle(200);
        using var written = new NativeBuffer();
        using var dictionary = new ValueDictionary();
        Assert.True(Values.Write(written, column.View(200), dictionary).IsDirect);
        using var values = new NativeBuffer();
        using var rows = new ColumnMemory();
        var reader = new ByteReader(written.Written, "test");
        var divisor = Values.ReadNumbers(ref reader, 200, rows, values);
        var numbers = new Numbers(values.As<long>(), divisor, default);
        for (var row = 0; row < 200; row++)
        {
            Assert.Equal(double.Parse(column.View(200).Entries[row].Text, CultureInfo.InvariantCulture), numbers[row]);
        }
    });

    [Fact]
    public void Runs_of_numbers_come_back() => Property.Holds(400, random =>
    {
        var values = new long[random.Next(1, 300)];
        var (value, step) = (random.NextInt64(long.MinValue, long.MaxValue), random.NextInt64(-5, 5));
        var unit = (long[])[1, 1_000, 1_000_000, 1_000_000_000] is var units ? units[random.Next(4)] : 1;
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = random.Next(3) switch { 0 => value, 1 => value += step, _ => random.Next(40) == 0 ? value = random.NextInt64() : value += unit };
        }
        using var written = new NativeBuffer();
        Integers.Write(written, (long[])values.Clone());
        var read = new long[values.Length];
        var reader = new ByteReader(written.Written, "test");
        Integers.Read(ref reader, read);
        Assert.Equal(values, read);
        Assert.True(reader.AtEnd);
    });

    [Fact]
    public void Packed_numbers_of_every_width_come_back()
    {
        for (var width = 0; width <= 64; width++)
        {
            var random = new Random(width);
            var values = Enumerable.Range(0, 77).Select(_ => width == 0 ? 0 : (ulong)random.NextInt64() << 1 >> (64 - width)).ToArray();
            using var written = new NativeBuffer();
            BitPacking.Write(written, values, width);
            Assert.Equal(BitPacking.Bytes(77, width), written.Length);
            var read = new ulong[77];
            BitPacking.Read(written.Written, width, read);
            Assert.Equal(values, read);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(63)]
    [InlineData(5_000)]
    public void Compressed_bytes_come_back(int length)
    {
        var bytes = Enumerable.Range(0, length).Select(i => (byte)(i * 31 % 17)).ToArray();
        using var written = new NativeBuffer();
        Codec.Write(written, bytes);
        Assert.True(length < 1_000 || written.Length < length / 4);
        using var read = new NativeBuffer();
        var reader = new ByteReader(written.Written, "test");
        Codec.Read(ref reader, read);
        Assert.True(read.Written.SequenceEqual(bytes));
    }

    /// <summary>Columns as senders make them and as nobody would.</summary>
    internal static ColumnMemory RandomColumn(Random random, int rowCount)
    {
        var column = new ColumnMemory();
        var (family, density, distinct) = (random.Next(9), random.Next(1, 11), random.Next(1, 400));
        for (var row = 0; row < rowCount; row++)
        {
            if (random.Next(10) < density)
            {
                var (kind, text) = RandomValue(new Random((family * 1_000_003) + random.Next(distinct)), family);
                column.Add(row, kind, Encoding.UTF8.GetBytes(text));
            }
        }
        column.Settle(rowCount);
        return column;
    }

    private static (ValueKind, string) RandomValue(Random random, int family) => family switch
    {
        0 => (ValueKind.Integer, random.NextInt64(-1_000, 100_000).ToString(CultureInfo.InvariantCulture)),
        1 => (ValueKind.Decimal, (random.Next(100_000) / 100d).ToString("0.0#", CultureInfo.InvariantCulture)),
        2 => (ValueKind.Text, new Guid(random.Next(), 1, 2, 3, 4, 5, 6, 7, 8, 9, (byte)random.Next(256)).ToString()),
        3 => (ValueKind.Text, $"{random.Next(256)}.{random.Next(256)}.{random.Next(256)}.{random.Next(256)}"),
        4 => (ValueKind.Text, $"{random.NextInt64():x16}"),
        5 => (ValueKind.Text, Events.Instant.Format(random.NextInt64(0, long.MaxValue / 2))),
        6 => (ValueKind.Text, RandomEvents.Texts[random.Next(RandomEvents.Texts.Length)]),
        7 => random.Next(2) == 0 ? (ValueKind.Integer, $"{random.Next(500)}") : (ValueKind.Decimal, $"{random.Next(500)}.5"),
        _ => ((ValueKind)random.Next(9), RandomEvents.Texts[random.Next(RandomEvents.Texts.Length)]),
    };

    private static void AssertSame(Column expected, NativeBuffer written, int rowCount)
    {
        using var read = new ColumnMemory();
        var reader = new ByteReader(written.Written, "test");
        Values.Read(ref reader, rowCount, read);
        Assert.True(reader.AtEnd);
        var actual = read.View(rowCount);
        Assert.Equal(expected.ValueCount, actual.ValueCount);
        for (var i = 0; i < expected.ValueCount; i++)
        {
            Assert.Equal(expected.Row(i), actual.Row(i));
            var (a, b) = (expected.Entries[expected.Entry(i)].Kind, actual.Entries[actual.Entry(i)].Kind);
            Assert.Equal(a, b);
            Assert.True(expected.Entries[expected.Entry(i)].Text.SequenceEqual(actual.Entries[actual.Entry(i)].Text));
        }
    }
}
