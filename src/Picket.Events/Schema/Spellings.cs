using System.Text;

namespace Picket.Events.Schema;

/// <summary>
/// The ways a small set of values is spelled: every synonym in lower case, upper case and capitalised, and the numbers. Each spelling has a
/// number, so that an event's shape can say which one the sender used and give it back.
/// </summary>
public sealed class Spellings
{
    private readonly Dictionary<ulong, int> byHash = [];
    private readonly List<(byte[] Text, byte Value)> all = [];

    /// <param name="values">The values' names and, for each, its synonyms; the value's own name is a spelling too.</param>
    /// <param name="numbers">Numbers that stand for a value.</param>
    internal Spellings(IReadOnlyList<(string Name, string[] Synonyms)> values, IReadOnlyList<(int Number, byte Value)> numbers)
    {
        Names = [.. values.Select(value => Encoding.ASCII.GetBytes(value.Name))];
        for (var value = 0; value < values.Count; value++)
        {
            foreach (var synonym in values[value].Synonyms.Prepend(values[value].Name))
            {
                Add(synonym, value);
                Add(synonym.ToUpperInvariant(), value);
                Add(char.ToUpperInvariant(synonym[0]) + synonym[1..], value);
            }
        }
        foreach (var (number, value) in numbers)
        {
            Add(number.ToString(System.Globalization.CultureInfo.InvariantCulture), value);
        }
    }

    /// <summary>The values' names, in their order.</summary>
    public IReadOnlyList<byte[]> Names { get; }

    /// <summary>The value and the number of its spelling, 0 to 4,095; false when it is spelled in no known way.</summary>
    public bool TryRead(ReadOnlySpan<byte> text, out byte value, out int spelling)
    {
        if (text.Length <= 16 && byHash.TryGetValue(Field.HashOf(text), out spelling) && text.SequenceEqual(all[spelling].Text))
        {
            value = all[spelling].Value;
            return true;
        }
        value = 0;
        spelling = -1;
        return text.Length <= 16 && TryReadAnyCase(text, out value);
    }

    /// <summary>The text of a spelling's number.</summary>
    public ReadOnlySpan<byte> Text(int spelling) => all[spelling].Text;

    private bool TryReadAnyCase(ReadOnlySpan<byte> text, out byte value)
    {
        Span<byte> lower = stackalloc byte[16];
        value = 0;
        if (Ascii.ToLower(text, lower, out var length) != System.Buffers.OperationStatus.Done
            || !byHash.TryGetValue(Field.HashOf(lower[..length]), out var spelling)
            || !lower[..length].SequenceEqual(all[spelling].Text))
        {
            return false;
        }
        value = all[spelling].Value;
        return true;
    }

    private void Add(string text, int value)
    {
        var utf8 = Encoding.ASCII.GetBytes(text);
        if (byHash.TryAdd(Field.HashOf(utf8), all.Count))
        {
            all.Add((utf8, (byte)value));
        }
    }
}
