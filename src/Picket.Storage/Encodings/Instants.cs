using Picket.Events;
using Picket.Events.Batches;
using Picket.Events.Parsing;
using Picket.Storage.Files;

namespace Picket.Storage.Encodings;

/// <summary>Times in the product's own spelling, RFC 3339 in UTC, as nanoseconds since 1970.</summary>
internal sealed class Instants : EntryEncoding
{
    public override byte Id => 6;

    public override bool Suits(Value first) => first.Kind == ValueKind.Text && first.Text.Length is >= 20 and <= Instant.MaxLength && first.Text[^1] == 'Z' && first.Text[4] == '-';

    public override bool TryWrite(NativeBuffer into, Entries entries, ref NumberRange range)
    {
        if (!entries.AllText)
        {
            return false;
        }
        var numbers = Integers.Scratch(entries.Count);
        Span<byte> spelled = stackalloc byte[Instant.MaxLength];
        for (var i = 0; i < numbers.Length; i++)
        {
            var text = entries[i].Text;
            if (!Timestamps.TryParse(text, out numbers[i], out _) || !spelled[..Instant.Format(numbers[i], spelled)].SequenceEqual(text))
            {
                return false;
            }
        }
        Integers.Write(into, numbers);
        return true;
    }

    public override void Read(ref ByteReader reader, int count, ColumnMemory into)
    {
        var numbers = Integers.Scratch(count);
        Integers.Read(ref reader, numbers);
        foreach (var number in numbers)
        {
            if (number is < Instant.Min or > Instant.Max)
            {
                throw reader.Wrong("a time outside of 1970 to 2262");
            }
            into.Text.Advance(Instant.Format(number, into.Text.GetSpan(Instant.MaxLength)));
            into.Ends.Append(into.Text.Length);
        }
    }
}
