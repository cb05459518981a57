using System.Buffers;
using System.Runtime.CompilerServices;

namespace Picket.Events.Parsing;

/// <summary>
/// Steps over JSON (RFC 8259) in a span and says where it is wrong. Written by hand, not <c>Utf8JsonReader</c>, for two reasons: a bad line must
/// cost no exception (a million of them a second would be an attack), and finding a value's end must not decode it.
/// Every method returns the position after what it stepped over, or <see cref="Wrong"/> with the reason in <see cref="Error"/>.
/// Nesting is counted, not recursed, so that depth costs no stack.
/// </summary>
public ref struct JsonScan(ReadOnlySpan<byte> text)
{
    public const int Wrong = -1;

    private static readonly SearchValues<byte> StringStops = SearchValues.Create([(byte)'"', (byte)'\\', .. Enumerable.Range(0, 32).Select(i => (byte)i)]);

    // One bit for each open bracket: set for an object.
    private NestingBits nesting;

    public ReadOnlySpan<byte> Text { get; } = text;

    public string? Error { get; private set; }

    /// <summary>Where <see cref="Error"/> is; bytes from the start.</summary>
    public int ErrorAt { get; private set; }

    /// <summary>Levels of nesting in the last value stepped over.</summary>
    public int Depth { get; private set; }

    /// <summary>Whether the last string stepped over has an escape.</summary>
    public bool HasEscape { get; private set; }

    /// <summary>Whether the last array or object stepped over has white space outside of strings.</summary>
    public bool HasSpace { get; private set; }

    /// <summary>Whether the last number stepped over has neither fraction nor exponent.</summary>
    public bool IsInteger { get; private set; }

    public int Fail(int at, string error)
    {
        Error ??= error;
        ErrorAt = at;
        return Wrong;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int SkipSpace(int at) => (uint)at < (uint)Text.Length && Text[at] > ' ' ? at : SkipManySpaces(at);

    private readonly int SkipManySpaces(int at)
    {
        while (at < Text.Length && Text[at] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
        {
            at++;
        }
        return at;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly byte Peek(int at) => (uint)at < (uint)Text.Length ? Text[at] : (byte)0;

    /// <param name="at">The opening quote.</param>
    public int String(int at)
    {
        HasEscape = false;
        if (Peek(at) != (byte)'"')
        {
            return Fail(at, at >= Text.Length ? "the text ends where a string was expected" : "expected a string in double quotes");
        }
        var position = at + 1;
        while (true)
        {
            var step = Text[position..].IndexOfAny(StringStops);
            if (step < 0)
            {
                return Fail(at, "a string is not closed");
            }
            position += step;
            switch (Text[position])
            {
                case (byte)'"':
                    return position + 1;
                case (byte)'\\':
                    HasEscape = true;
                    position = Escape(position);
                    if (position < 0)
                    {
                        return Wrong;
                    }
                    break;
                default:
                    return Fail(position, "a control character in a string must be escaped");
            }
        }
    }

    public int Number(int at)
    {
        var position = at;
        IsInteger = true;
        if (Peek(position) == (byte)'-')
        {
            position++;
        }
        if (Peek(position) == (byte)'0')
        {
            position++;
        }
        else if (!Digits(ref position))
        {
            return Fail(position, "a number needs a digit here");
        }
        if (Peek(position) == (byte)'.')
        {
            IsInteger = false;
            position++;
            if (!Digits(ref position))
            {
                return Fail(position, "a number needs a digit after its point");
            }
        }
        if (Peek(position) is (byte)'e' or (byte)'E')
        {
            IsInteger = false;
            position++;
            if (Peek(position) is (byte)'+' or (byte)'-')
            {
                position++;
            }
            if (!Digits(ref position))
            {
                return Fail(position, "a number needs a digit in its exponent");
            }
        }
        return position;
    }

    public int Literal(int at, ReadOnlySpan<byte> word) =>
        Text[at..].StartsWith(word) ? at + word.Length : Fail(at, "expected a value: an object, an array, a string, a number, true, false or null");

    /// <summary>Any value. For a scalar <see cref="Depth"/> is 0.</summary>
    public int Value(int at)
    {
        Depth = 0;
        switch (Peek(at))
        {
            case (byte)'"':
                return String(at);
            case (byte)'{' or (byte)'[':
                return Container(at);
            case (byte)'t':
                return Literal(at, "true"u8);
            case (byte)'f':
                return Literal(at, "false"u8);
            case (byte)'n':
                return Literal(at, "null"u8);
            case (byte)'-' or (>= (byte)'0' and <= (byte)'9'):
                return Number(at);
            default:
                return Fail(at, at >= Text.Length ? "the text ends where a value was expected"
                    : "expected a value: an object, an array, a string, a number, true, false or null");
        }
    }

    /// <summary>The name of a member and its colon, up to where the value begins. <paramref name="nameEnd"/> is after the closing quote.</summary>
    public int Name(int at, out int nameEnd)
    {
        nameEnd = String(at);
        if (nameEnd < 0)
        {
            return Wrong;
        }
        var colon = SkipSpace(nameEnd);
        return Peek(colon) == (byte)':' ? SkipSpace(colon + 1) : Fail(colon, "expected a colon after a member's name");
    }

    private int Container(int at)
    {
        var depth = 0;
        var deepest = 0;
        var space = false;
        var position = at;
        while (true)
        {
            // Here a value begins.
            var first = Peek(position);
            if (first is (byte)'{' or (byte)'[')
            {
                var isObject = first == (byte)'{';
                nesting.Set(depth++, isObject);
                deepest = Math.Max(deepest, depth);
                var inner = SkipSpace(position + 1);
                space |= inner != position + 1;
                position = inner;
                if (Peek(position) == (isObject ? (byte)'}' : (byte)']'))
                {
                    position++;
                    depth--;
                }
                else
                {
                    if (isObject && (position = Member(position, ref space)) < 0)
                    {
                        return Wrong;
                    }
                    continue;
                }
            }
            else if ((position = Value(position)) < 0)
            {
                return Wrong;
            }
            // Here a value has ended.
            while (depth > 0)
            {
                var next = SkipSpace(position);
                space |= next != position;
                position = next;
                var inObject = nesting.Get(depth - 1);
                var stop = Peek(position);
                if (stop == (byte)',')
                {
                    next = SkipSpace(position + 1);
                    space |= next != position + 1;
                    position = inObject ? Member(next, ref space) : next;
                    if (position < 0)
                    {
                        return Wrong;
                    }
                    break;
                }
                if (stop != (inObject ? (byte)'}' : (byte)']'))
                {
                    return Fail(position, position >= Text.Length ? (inObject ? "an object is not closed" : "an array is not closed")
                        : inObject ? "expected a comma or } in an object" : "expected a comma or ] in an array");
                }
                position++;
                depth--;
            }
            if (depth == 0)
            {
                Depth = deepest;
                HasSpace = space;
                return position;
            }
        }
    }

    private int Member(int at, ref bool space)
    {
        var value = Name(at, out var nameEnd);
        space |= value >= 0 && value != nameEnd + 1;
        return value;
    }

    private int Escape(int at)
    {
        switch (Peek(at + 1))
        {
            case (byte)'"' or (byte)'\\' or (byte)'/' or (byte)'b' or (byte)'f' or (byte)'n' or (byte)'r' or (byte)'t':
                return at + 2;
            case (byte)'u' when at + 6 <= Text.Length && AllHex(Text.Slice(at + 2, 4)):
                return at + 6;
            default:
                return Fail(at, "not an escape that JSON has");
        }
    }

    private static bool AllHex(ReadOnlySpan<byte> digits)
    {
        foreach (var digit in digits)
        {
            if (!char.IsAsciiHexDigit((char)digit))
            {
                return false;
            }
        }
        return true;
    }

    private readonly bool Digits(ref int at)
    {
        var start = at;
        while (at < Text.Length && (uint)(Text[at] - '0') <= 9)
        {
            at++;
        }
        return at > start;
    }

    private struct NestingBits
    {
        private ulong first;
        private List<ulong>? more;

        public readonly bool Get(int level) => level < 64 ? (first >> level & 1) != 0 : (more![(level >> 6) - 1] >> level & 1) != 0;

        public void Set(int level, bool isObject)
        {
            if (level < 64)
            {
                first = isObject ? first | 1ul << level : first & ~(1ul << level);
                return;
            }
            more ??= [];
            var word = (level >> 6) - 1;
            if (word == more.Count)
            {
                more.Add(0);
            }
            more[word] = isObject ? more[word] | 1ul << level : more[word] & ~(1ul << level);
        }
    }
}
