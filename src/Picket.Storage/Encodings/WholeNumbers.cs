using System.Buffers.Text;
using System.Runtime.InteropServices;
using Picket.Events.Batches;
using Picket.Storage.Files;

namespace Picket.Storage.Encodings;

/// <summary>JSON integers of at most 64 bits, as numbers.</summary>
internal sealed class WholeNumbers : EntryEncoding
{
    // Longer ones may not fit 64 bits, and past 2⁵³ their doubles would have to be rounded twice.
    private const int MostDigits = 15;

    public override byte Id => 1;

    public override string Name => "integers";

    public override bool Suits(Value first) => first.Kind == ValueKind.Integer;

    public override bool TryWrite(NativeBuffer into, Entries entries, ref NumberRange range)
    {
        if (!entries.Kinds.IsEmpty)
        {
            return false;
        }
        var numbers = Integers.Scratch(entries.Count);
        for (var i = 0; i < numbers.Length; i++)
        {
            if (!TryParse(entries[i].Text, out numbers[i]))
            {
                return false;
            }
        }
        range.Add(numbers, 1);
        Integers.Write(into, numbers);
        return true;
    }

    public override void Read(ref ByteReader reader, int count, ColumnMemory into)
    {
        var numbers = Integers.Scratch(count);
        Integers.Read(ref reader, numbers);
        foreach (var number in numbers)
        {
            Utf8Formatter.TryFormat(number, into.Text.GetSpan(20), out var written);
            into.Text.Advance(written);
            into.Ends.Append(into.Text.Length);
        }
    }

    public override long ReadNumbers(ref ByteReader reader, int count, NativeBuffer into)
    {
        Integers.Read(ref reader, MemoryMarshal.Cast<byte, long>(into.Take(count * sizeof(long))));
        return 1;
    }

    /// <summary>Whether the text is the number's one and only spelling.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out long number)
    {
        number = 0;
        var negative = !text.IsEmpty && text[0] == '-';
        var digits = negative ? text[1..] : text;
        if (digits.IsEmpty || digits.Length > MostDigits || (digits[0] == '0' && (digits.Length > 1 || negative)))
        {
            return false;
        }
        foreach (var digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'9')
            {
                return false;
            }
            number = (number * 10) + (digit - '0');
        }
        number = negative ? -number : number;
        return true;
    }
}
