using System.Buffers.Text;

namespace Picket.Query.Text;

/// <summary>
/// The shape of a message: what differs from one event to the next masked, so that messages of one kind are equal. Masked are UUIDs, IPv4 addresses, RFC 3339 times,
/// runs of hexadecimal digits from 8 on that hold a digit, and numbers.
/// </summary>
public static class MessagePattern
{
    /// <summary>Bytes of the longest pattern; the rest of a longer one is cut.</summary>
    public const int MostBytes = 512;

    private const int UuidLength = 36;
    private const int LeastHex = 8;

    /// <summary>Writes the pattern of a UTF-8 text.</summary>
    /// <param name="into">At least <see cref="MostBytes"/> long.</param>
    /// <returns>Bytes written.</returns>
    public static int Write(ReadOnlySpan<byte> text, Span<byte> into)
    {
        var written = 0;
        for (var at = 0; at < text.Length;)
        {
            var mask = MaskAt(text, at, out var length);
            var piece = mask.IsEmpty ? text.Slice(at, length) : mask;
            if (written + piece.Length > MostBytes)
            {
                // Not in the midst of a letter.
                while (written > 0 && (into[written - 1] & 0xC0) == 0x80)
                {
                    written--;
                }
                return written > 0 && into[written - 1] >= 0xC0 ? written - 1 : written;
            }
            piece.CopyTo(into[written..]);
            (written, at) = (written + piece.Length, at + length);
        }
        return written;
    }

    // What to write instead of the bytes that stand here; nothing for themselves.
    private static ReadOnlySpan<byte> MaskAt(ReadOnlySpan<byte> text, int at, out int length)
    {
        var rest = text[at..];
        if (at == 0 || !IsWord(text[at - 1]))
        {
            if (IsUuid(rest))
            {
                length = UuidLength;
                return "<uuid>"u8;
            }
            if ((length = TimeLength(rest)) > 0)
            {
                return "<time>"u8;
            }
            if ((length = AddressLength(rest)) > 0)
            {
                return "<ip>"u8;
            }
            if ((length = HexLength(rest)) > 0)
            {
                return "<hex>"u8;
            }
        }
        length = IsDigit(rest[0]) ? NumberLength(rest) : 1;
        return IsDigit(rest[0]) ? "<num>"u8 : default;
    }

    private static bool IsUuid(ReadOnlySpan<byte> text) =>
        text.Length >= UuidLength && text[8] == '-' && EndsAt(text, UuidLength) && Utf8Parser.TryParse(text[..UuidLength], out Guid _, out var used, 'D') && used == UuidLength;

    // 2026-01-20T06:30:00, with a blank for the T, a fraction and an offset as may be.
    private static int TimeLength(ReadOnlySpan<byte> text)
    {
        var form = "0000-00-00T00:00:00"u8;
        if (text.Length < form.Length)
        {
            return 0;
        }
        for (var i = 0; i < form.Length; i++)
        {
            if (form[i] switch { (byte)'0' => !IsDigit(text[i]), (byte)'T' => text[i] is not ((byte)'T' or (byte)' '), _ => text[i] != form[i] })
            {
                return 0;
            }
        }
        var length = form.Length;
        if (length + 1 < text.Length && text[length] is (byte)'.' or (byte)',' && IsDigit(text[length + 1]))
        {
            length += 1 + Digits(text[(length + 1)..]);
        }
        if (length < text.Length && text[length] == 'Z')
        {
            return length + 1;
        }
        var hasOffset = length + 6 <= text.Length && text[length] is (byte)'+' or (byte)'-' && IsDigit(text[length + 1]) && IsDigit(text[length + 2]) && text[length + 3] == ':';
        return hasOffset ? length + 6 : length;
    }

    private static int AddressLength(ReadOnlySpan<byte> text)
    {
        var length = 0;
        for (var part = 0; part < 4; part++)
        {
            if (part > 0 && (length >= text.Length || text[length++] != '.'))
            {
                return 0;
            }
            var digits = Digits(text[length..]);
            if (digits is 0 or > 3)
            {
                return 0;
            }
            length += digits;
        }
        return EndsAt(text, length) && !(length + 1 < text.Length && text[length] == '.' && IsDigit(text[length + 1])) ? length : 0;
    }

    private static int HexLength(ReadOnlySpan<byte> text)
    {
        var (length, digits, letters) = (0, 0, 0);
        for (; length < text.Length && Uri.IsHexDigit((char)text[length]); length++)
        {
            _ = IsDigit(text[length]) ? digits++ : letters++;
        }
        return length >= LeastHex && digits > 0 && letters > 0 && EndsAt(text, length) ? length : 0;
    }

    // Digits, with points or commas between them.
    private static int NumberLength(ReadOnlySpan<byte> text)
    {
        var length = Digits(text);
        while (length + 1 < text.Length && text[length] is (byte)'.' or (byte)',' && IsDigit(text[length + 1]))
        {
            length += 1 + Digits(text[(length + 1)..]);
        }
        return length;
    }

    private static int Digits(ReadOnlySpan<byte> text)
    {
        var other = text.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        return other < 0 ? text.Length : other;
    }

    private static bool EndsAt(ReadOnlySpan<byte> text, int length) => length == text.Length || !IsWord(text[length]);

    private static bool IsWord(byte letter) => char.IsAsciiLetterOrDigit((char)letter) || letter is (byte)'_' or >= 0x80;

    private static bool IsDigit(byte letter) => char.IsAsciiDigit((char)letter);
}
