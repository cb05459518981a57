using System.Buffers.Text;

namespace Picket.Events.Parsing;

/// <summary>
/// Every accepted spelling of a time: RFC 3339 with <c>T</c>, <c>t</c> or a space, any fraction up to nine digits (more are cut), with <c>.</c> or
/// <c>,</c>, a zone of <c>Z</c>, <c>+hh:mm</c>, <c>+hhmm</c>, <c>+hh</c> or none (then UTC), seconds left out; a date alone; and numbers since 1970 in
/// seconds (with fraction), milliseconds, microseconds or nanoseconds, told apart by size: below 10¹¹ are seconds, below 10¹⁴ milliseconds,
/// below 10¹⁷ microseconds. Numbers may come as text.
/// </summary>
public static class Timestamps
{
    /// <summary>False when it is no time. A time outside of what <see cref="Instant"/> holds is given as its nearest end.</summary>
    /// <param name="text">As sent, without quotes.</param>
    /// <param name="instant">ns since 1970; negative for a time before.</param>
    /// <param name="spelling">How it was written; null when writing it that way would not give the same text.</param>
    public static bool TryParse(ReadOnlySpan<byte> text, out long instant, out TimeSpelling? spelling)
    {
        instant = 0;
        spelling = null;
        if (text.Length < 8 || text[4] != (byte)'-')
        {
            return TryParseNumber(text, out instant, out spelling);
        }
        if (text.Length < 10 || text[7] != (byte)'-'
            || !Digits4(text, out var year) || !Digits2(text, 5, out var month) || !Digits2(text, 8, out var day)
            || year == 0 || month is 0 or > 12 || day == 0 || day > DateTime.DaysInMonth(year, month))
        {
            return false;
        }
        var days = DaysFrom1970(year, month, day);
        if (text.Length == 10)
        {
            instant = Clamp(days * 86_400, 0);
            return true;
        }
        var separator = text[10];
        if (separator is not ((byte)'T' or (byte)'t' or (byte)' ') || text.Length < 16 || text[13] != (byte)':'
            || !Digits2(text, 11, out var hour) || !Digits2(text, 14, out var minute) || hour > 23 || minute > 59)
        {
            return false;
        }
        var position = 16;
        var second = 0;
        var exact = false;
        if (text.Length > 16 && text[16] == (byte)':')
        {
            if (text.Length < 19 || !Digits2(text, 17, out second) || second > 60)
            {
                return false;
            }
            exact = second < 60;
            position = 19;
        }
        var (fraction, digits, point) = (0L, 0, (byte)'.');
        if (position == 19 && text.Length > 19 && text[19] is (byte)'.' or (byte)',')
        {
            point = text[19];
            position = 20;
            while (position < text.Length && char.IsAsciiDigit((char)text[position]))
            {
                if (digits < 9)
                {
                    fraction = (fraction * 10) + (text[position] - '0');
                    digits++;
                }
                else
                {
                    exact = false;
                }
                position++;
            }
            if (digits == 0)
            {
                return false;
            }
        }
        if (!TryParseZone(text[position..], out var minutesEast, out var zone))
        {
            return false;
        }
        instant = Clamp((days * 86_400) + (hour * 3_600) + (minute * 60) + second - (minutesEast * 60), fraction * Power10(9 - digits));
        if (exact && zone is { } known && instant is >= 0 and < long.MaxValue)
        {
            spelling = new TimeSpelling(separator, digits, known, point);
        }
        return true;
    }

    /// <summary>Writes a time as it was spelled; at most <see cref="Instant.MaxLength"/> bytes and a zone. Returns the length.</summary>
    public static int Write(long instant, TimeSpelling spelling, Span<byte> into)
    {
        if (spelling.Separator == 0)
        {
            Utf8Formatter.TryFormat(instant / Power10(9 - spelling.Digits), into, out var written);
            return written;
        }
        return WriteRfc3339(instant, spelling, into);
    }

    internal static int WriteRfc3339(long instant, TimeSpelling spelling, Span<byte> into)
    {
        var local = instant / Instant.PerSecond + (spelling.Zone < TimeSpelling.Zulu ? spelling.Zone * 60L : 0);
        var (year, month, day) = DateOf(local >= 0 ? local / 86_400 : (local - 86_399) / 86_400);
        var ofDay = (int)(((local % 86_400) + 86_400) % 86_400);
        Put(into, 0, year / 100);
        Put(into, 2, year % 100);
        into[4] = (byte)'-';
        Put(into, 5, month);
        into[7] = (byte)'-';
        Put(into, 8, day);
        into[10] = spelling.Separator;
        Put(into, 11, ofDay / 3_600);
        into[13] = (byte)':';
        Put(into, 14, ofDay / 60 % 60);
        into[16] = (byte)':';
        Put(into, 17, ofDay % 60);
        var length = 19;
        if (spelling.Digits > 0)
        {
            into[length++] = spelling.Point;
            var fraction = instant % Instant.PerSecond / Power10(9 - spelling.Digits);
            for (var i = length + spelling.Digits - 1; i >= length; i--, fraction /= 10)
            {
                into[i] = (byte)('0' + (fraction % 10));
            }
            length += spelling.Digits;
        }
        if (spelling.Zone == TimeSpelling.Zulu)
        {
            into[length++] = (byte)'Z';
        }
        else if (spelling.Zone != TimeSpelling.None)
        {
            var east = Math.Abs((int)spelling.Zone);
            into[length] = spelling.Zone < 0 ? (byte)'-' : (byte)'+';
            Put(into, length + 1, east / 60);
            into[length + 3] = (byte)':';
            Put(into, length + 4, east % 60);
            length += 6;
        }
        return length;
    }

    private static bool TryParseNumber(ReadOnlySpan<byte> text, out long instant, out TimeSpelling? spelling)
    {
        spelling = null;
        instant = 0;
        if (Utf8Parser.TryParse(text, out long number, out var used) && used == text.Length)
        {
            var power = Math.Abs((decimal)number) switch { < 1e11m => 0, < 1e14m => 3, < 1e17m => 6, _ => 9 };
            instant = Clamp(number / Power10(power), number % Power10(power) * Power10(9 - power));
            if (number > 0 && text[0] is > (byte)'0' and <= (byte)'9' && instant < long.MaxValue)
            {
                spelling = new TimeSpelling(0, power, TimeSpelling.None, (byte)'.');
            }
            return true;
        }
        if (!Utf8Parser.TryParse(text, out double real, out used) || used != text.Length || !double.IsFinite(real))
        {
            return false;
        }
        var unit = Math.Abs(real) switch { < 1e11 => 1d, < 1e14 => 1e3, < 1e17 => 1e6, _ => 1e9 };
        // Decimal arithmetic: a double of seconds cannot hold the microseconds that were written.
        if (Utf8Parser.TryParse(text, out decimal precise, out used) && used == text.Length)
        {
            var nanoseconds = decimal.Truncate(precise / (decimal)unit * 1e9m);
            instant = nanoseconds >= long.MaxValue ? long.MaxValue : nanoseconds <= long.MinValue ? long.MinValue : (long)nanoseconds;
            return true;
        }
        var approximate = real / unit * 1e9;
        instant = approximate >= long.MaxValue ? long.MaxValue : approximate <= long.MinValue ? long.MinValue : (long)approximate;
        return true;
    }

    private static bool TryParseZone(ReadOnlySpan<byte> text, out int minutesEast, out short? zone)
    {
        minutesEast = 0;
        zone = null;
        if (text.IsEmpty)
        {
            zone = TimeSpelling.None;
            return true;
        }
        if (text.Length == 1 && text[0] is (byte)'Z' or (byte)'z')
        {
            zone = text[0] == (byte)'Z' ? TimeSpelling.Zulu : null;
            return text.Length == 1;
        }
        if (text[0] == (byte)' ' && text.Length > 1)
        {
            text = text[1..];
            if (text.SequenceEqual("UTC"u8) || text.SequenceEqual("GMT"u8))
            {
                return true;
            }
        }
        if (text[0] is not ((byte)'+' or (byte)'-') || text.Length is not (3 or 5 or 6) || (text.Length == 6 && text[3] != (byte)':'))
        {
            return false;
        }
        var minutes = 0;
        if (!Digits2(text, 1, out var hours) || (text.Length > 3 && !Digits2(text, text.Length - 2, out minutes)) || hours > 23 || minutes > 59)
        {
            return false;
        }
        minutesEast = (hours * 60 + minutes) * (text[0] == (byte)'-' ? -1 : 1);
        zone = text.Length == 6 && (minutesEast != 0 || text[0] == (byte)'+') ? (short)minutesEast : null;
        return true;
    }

    private static long Clamp(long seconds, long nanoseconds)
    {
        const long mostSeconds = long.MaxValue / Instant.PerSecond;
        return seconds >= mostSeconds ? long.MaxValue : seconds <= -mostSeconds ? long.MinValue : (seconds * Instant.PerSecond) + nanoseconds;
    }

    // Days and civil dates, after Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
    private static long DaysFrom1970(int year, int month, int day)
    {
        year -= month <= 2 ? 1 : 0;
        var era = year / 400;
        var ofEra = year - (era * 400);
        var ofYear = ((153 * (month + (month > 2 ? -3 : 9))) + 2) / 5 + day - 1;
        return (era * 146_097L) + (ofEra * 365) + (ofEra / 4) - (ofEra / 100) + ofYear - 719_468;
    }

    private static (int Year, int Month, int Day) DateOf(long days)
    {
        days += 719_468;
        var era = days / 146_097;
        var ofEra = (int)(days - (era * 146_097));
        var yearOfEra = (ofEra - (ofEra / 1_460) + (ofEra / 36_524) - (ofEra / 146_096)) / 365;
        var ofYear = ofEra - ((365 * yearOfEra) + (yearOfEra / 4) - (yearOfEra / 100));
        var shifted = ((5 * ofYear) + 2) / 153;
        var month = shifted < 10 ? shifted + 3 : shifted - 9;
        return ((int)(yearOfEra + (era * 400)) + (month <= 2 ? 1 : 0), month, ofYear - (((153 * shifted) + 2) / 5) + 1);
    }

    private static long Power10(int power) => power switch
    {
        0 => 1,
        1 => 10,
        2 => 100,
        3 => 1_000,
        4 => 10_000,
        5 => 100_000,
        6 => 1_000_000,
        7 => 10_000_000,
        8 => 100_000_000,
        _ => 1_000_000_000,
    };

    private static bool Digits4(ReadOnlySpan<byte> text, out int value)
    {
        var fine = Digits2(text, 0, out var high) & Digits2(text, 2, out var low);
        value = (high * 100) + low;
        return fine;
    }

    private static bool Digits2(ReadOnlySpan<byte> text, int at, out int value)
    {
        var (tens, ones) = (text[at] - '0', text[at + 1] - '0');
        value = (tens * 10) + ones;
        return (uint)tens <= 9 && (uint)ones <= 9;
    }

    private static void Put(Span<byte> into, int at, int value)
    {
        into[at] = (byte)('0' + (value / 10));
        into[at + 1] = (byte)('0' + (value % 10));
    }
}
