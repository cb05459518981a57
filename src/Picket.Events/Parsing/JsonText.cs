using System.Buffers;
using System.Globalization;
using System.Text;
using Picket.Events.Batches;

namespace Picket.Events.Parsing;

/// <summary>Strings of JSON: taken out of their escapes, and put back into the one spelling that we write.</summary>
public static class JsonText
{
    private static readonly SearchValues<byte> MustEscape = SearchValues.Create([(byte)'"', (byte)'\\', .. Enumerable.Range(0, 32).Select(i => (byte)i)]);

    private static ReadOnlySpan<byte> ReplacementCharacter => "\uFFFD"u8;

    /// <summary>
    /// Appends the text of a valid string's inside. An escaped lone surrogate stands for no character and becomes U+FFFD.
    /// Returns true when <see cref="Escape"/> would give back the same spelling.
    /// </summary>
    public static bool Unescape(ReadOnlySpan<byte> inside, NativeBuffer into)
    {
        var canonical = true;
        while (true)
        {
            var step = inside.IndexOf((byte)'\\');
            if (step < 0)
            {
                into.Append(inside);
                return canonical;
            }
            into.Append(inside[..step]);
            var kind = inside[step + 1];
            inside = inside[(step + 2)..];
            if (kind != 'u')
            {
                canonical &= kind != '/';
                into.Append((byte)(kind switch { (byte)'b' => 8, (byte)'f' => 12, (byte)'n' => 10, (byte)'r' => 13, (byte)'t' => 9, _ => kind }));
                continue;
            }
            var hex = inside[..4];
            var unit = Hex(hex);
            inside = inside[4..];
            canonical &= unit < 32 && unit is not ('\b' or '\t' or '\n' or '\f' or '\r') && !hex.ContainsAnyInRange((byte)'A', (byte)'F');
            if (char.IsHighSurrogate(unit) && inside.Length >= 6 && inside[0] == '\\' && inside[1] == 'u' && char.IsLowSurrogate(Hex(inside[2..6])))
            {
                Append(new Rune(unit, Hex(inside[2..6])), into);
                inside = inside[6..];
            }
            else if (char.IsSurrogate(unit))
            {
                into.Append(ReplacementCharacter);
            }
            else
            {
                Append(new Rune(unit), into);
            }
        }
    }

    /// <summary>Appends the text as a string's inside: only what must be escaped is, in the short form where there is one.</summary>
    public static void Escape(ReadOnlySpan<byte> text, IBufferWriter<byte> into)
    {
        while (true)
        {
            var step = text.IndexOfAny(MustEscape);
            if (step < 0)
            {
                into.Write(text);
                return;
            }
            into.Write(text[..step]);
            var b = text[step];
            text = text[(step + 1)..];
            switch (b)
            {
                case (byte)'"': into.Write("\\\""u8); break;
                case (byte)'\\': into.Write("\\\\"u8); break;
                case 8: into.Write("\\b"u8); break;
                case 9: into.Write("\\t"u8); break;
                case 10: into.Write("\\n"u8); break;
                case 12: into.Write("\\f"u8); break;
                case 13: into.Write("\\r"u8); break;
                default:
                    into.Write("\\u00"u8);
                    into.Write([(byte)('0' + (b >> 4)), "0123456789abcdef"u8[b & 15]]);
                    break;
            }
        }
    }

    /// <summary>Appends valid JSON without the white space outside of its strings.</summary>
    public static void Compact(ReadOnlySpan<byte> json, NativeBuffer into)
    {
        var inString = false;
        for (var i = 0; i < json.Length; i++)
        {
            var b = json[i];
            if (inString && b == '\\')
            {
                into.Append(b);
                b = json[++i];
            }
            else if (b == '"')
            {
                inString = !inString;
            }
            else if (!inString && b is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
            {
                continue;
            }
            into.Append(b);
        }
    }

    /// <summary>The longest start of the text that has at most this many bytes and ends with a whole character.</summary>
    public static ReadOnlySpan<byte> Cut(ReadOnlySpan<byte> text, int most)
    {
        if (text.Length <= most)
        {
            return text;
        }
        while (most > 0 && (text[most] & 0xC0) == 0x80)
        {
            most--;
        }
        return text[..most];
    }

    private static void Append(Rune rune, NativeBuffer into)
    {
        Span<byte> utf8 = stackalloc byte[4];
        into.Append((ReadOnlySpan<byte>)utf8[..rune.EncodeToUtf8(utf8)]);
    }

    private static char Hex(ReadOnlySpan<byte> digits) => (char)ushort.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
