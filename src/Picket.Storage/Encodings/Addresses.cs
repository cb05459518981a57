using System.Buffers.Text;
using Picket.Events.Batches;
using Picket.Storage.Files;

namespace Picket.Storage.Encodings;

/// <summary>IPv4 addresses as people write them, as numbers of 32 bits.</summary>
internal sealed class Addresses : EntryEncoding
{
    private const int MostBytes = 15;

    public override byte Id => 5;

    public override bool Suits(Value first) => first.Kind == ValueKind.Text && TryRead(first.Text, out _);

    public override bool TryWrite(NativeBuffer into, Entries entries, ref NumberRange range)
    {
        if (!entries.AllText)
        {
            return false;
        }
        var numbers = Integers.Scratch(entries.Count);
        var start = 0;
        for (var i = 0; i < numbers.Length; i++)
        {
            if (!TryRead(entries.Text[start..entries.Ends[i]], out numbers[i]))
            {
                return false;
            }
            start = entries.Ends[i];
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
            var text = into.Text.GetSpan(MostBytes + 1);
            var length = 0;
            for (var shift = 24; shift >= 0; shift -= 8)
            {
                Utf8Formatter.TryFormat((byte)(number >> shift), text[length..], out var written);
                length += written;
                text[length++] = (byte)'.';
            }
            into.Text.Advance(length - 1);
            into.Ends.Append(into.Text.Length);
        }
    }

    /// <summary>Only the one spelling that is written back: four numbers to 255 without zeros in front.</summary>
    private static bool TryRead(ReadOnlySpan<byte> text, out long number)
    {
        number = 0;
        if (text.Length is < 7 or > MostBytes)
        {
            return false;
        }
        var (part, digits, parts) = (0, 0, 0);
        foreach (var c in text)
        {
            if (c == '.')
            {
                if (digits == 0 || ++parts > 3)
                {
                    return false;
                }
                number = (number << 8) | (uint)part;
                (part, digits) = (0, 0);
                continue;
            }
            if (c is < (byte)'0' or > (byte)'9' || (digits > 0 && part == 0))
            {
                return false;
            }
            part = (part * 10) + (c - '0');
            if (part > 255)
            {
                return false;
            }
            digits++;
        }
        number = (number << 8) | (uint)part;
        return parts == 3 && digits > 0;
    }
}
