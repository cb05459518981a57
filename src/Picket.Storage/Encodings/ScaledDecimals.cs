using System.Buffers.Text;
using System.Runtime.InteropServices;
using Picket.Events.Batches;
using Picket.Storage.Files;

namespace Picket.Storage.Encodings;

/// <summary>
/// Decimal fractions, and integers among them, as whole numbers over one power of ten. Each must be written the shortest way with at least one digit behind the
/// point, as most senders write them; its kind says whether it has a point at all.
/// </summary>
internal sealed class ScaledDecimals : EntryEncoding
{
    // A number of up to 15 digits over a power of ten that a double holds exactly is the double nearest to its text.
    private const int MostDigits = 15;
    private static readonly long[] Powers = [.. Enumerable.Range(0, MostDigits + 1).Select(power => (long)Math.Pow(10, power))];

    public override byte Id => 2;

    public override string Name => "decimals";

    public override bool Suits(Value first) => first.Kind is ValueKind.Decimal or ValueKind.Integer;

    public override bool TryWrite(NativeBuffer into, Entries entries, ref NumberRange range)
    {
        var scale = 0;
        for (var i = 0; i < entries.Count; i++)
        {
            var value = entries[i];
            var point = value.Text.IndexOf((byte)'.');
            if (!value.IsNumber || (value.Kind == ValueKind.Decimal) != (point >= 0))
            {
                return false;
            }
            scale = Math.Max(scale, point < 0 ? 0 : value.Text.Length - point - 1);
        }
        var numbers = Integers.Scratch(entries.Count);
        for (var i = 0; i < numbers.Length; i++)
        {
            if (scale >= MostDigits || !TryScale(entries[i].Text, scale, out numbers[i]))
            {
                return false;
            }
        }
        into.Append((byte)scale);
        range.Add(numbers, Powers[scale]);
        Integers.Write(into, numbers);
        return true;
    }

    public override void Read(ref ByteReader reader, int count, ColumnMemory into)
    {
        var scale = ReadScale(ref reader);
        var numbers = Integers.Scratch(count);
        Integers.Read(ref reader, numbers);
        var kinds = into.Kinds.As<ValueKind>();
        for (var i = 0; i < count; i++)
        {
            var room = into.Text.GetSpan(48);
            into.Text.Advance(Format(numbers[i], scale, (kinds.IsEmpty ? into.Kind : kinds[i]) == ValueKind.Decimal, room));
            into.Ends.Append(into.Text.Length);
        }
    }

    public override long ReadNumbers(ref ByteReader reader, int count, NativeBuffer into)
    {
        var scale = ReadScale(ref reader);
        Integers.Read(ref reader, MemoryMarshal.Cast<byte, long>(into.Take(count * sizeof(long))));
        return Powers[scale];
    }

    private static int ReadScale(ref ByteReader reader)
    {
        var scale = (int)reader.Read<byte>();
        return scale < MostDigits ? scale : throw reader.Wrong("a scale of decimals that cannot be");
    }

    private static bool TryScale(ReadOnlySpan<byte> text, int scale, out long scaled)
    {
        scaled = 0;
        var point = text.IndexOf((byte)'.');
        var negative = text[0] == '-';
        var whole = (point < 0 ? text : text[..point])[(negative ? 1 : 0)..];
        var fraction = point < 0 ? default : text[(point + 1)..];
        if (whole.IsEmpty || whole.Length + scale > MostDigits || (whole[0] == '0' && whole.Length > 1) || (fraction.Length > 1 && fraction[^1] == '0'))
        {
            return false;
        }
        foreach (var digit in whole)
        {
            if (digit is < (byte)'0' or > (byte)'9')
            {
                return false;
            }
            scaled = (scaled * 10) + (digit - '0');
        }
        foreach (var digit in fraction)
        {
            if (digit is < (byte)'0' or > (byte)'9')
            {
                return false;
            }
            scaled = (scaled * 10) + (digit - '0');
        }
        scaled *= Powers[scale - fraction.Length];
        if (negative && scaled == 0)
        {
            return false;
        }
        scaled = negative ? -scaled : scaled;
        return true;
    }

    private static int Format(long number, int scale, bool point, Span<byte> into)
    {
        var length = 0;
        if (number < 0)
        {
            into[length++] = (byte)'-';
            number = unchecked(-number);
        }
        var (whole, fraction) = Math.DivRem(number, Powers[scale]);
        Utf8Formatter.TryFormat(whole, into[length..], out var written);
        length += written;
        if (!point)
        {
            return length;
        }
        into[length++] = (byte)'.';
        var first = length;
        for (var power = scale - 1; power >= 0; power--)
        {
            into[length++] = (byte)('0' + (fraction / Powers[power] % 10));
        }
        while (length > first + 1 && into[length - 1] == '0')
        {
            length--;
        }
        return length;
    }
}
