using System.Globalization;
using Picket.Events;
using Picket.Events.Schema;
using Picket.Query.Operators;
using Picket.Query.Store;

namespace Picket.Query.Language;

/// <summary>Reads what stands behind a field and its colon: a text with stars, a comparison, a range, a network, an expression, a list of these; and texts that stand alone.</summary>
internal sealed class FieldValues(QueryReader reader, long now)
{
    private static readonly string[] Functions = ["equal", "phrase"];
    private static readonly Bound Open = new(double.NaN, TimeRange.All, IsOpen: true);

    // A comma is an ordinary sign but in a list.
    private string stops = "";

    /// <summary>A text without a field is looked for in the message; a star alone means everything.</summary>
    public Filter ReadAlone()
    {
        var pattern = NotNothing(reader.ReadPattern());
        return pattern.IsAnything ? Filter.Everything : Words(EventSchema.Message, pattern);
    }

    /// <exception cref="QueryException">It is none of these.</exception>
    public Filter Read(Field field)
    {
        switch (reader.Here)
        {
            case '~':
                return new Filter.Term(field, ReadExpression());
            case '<' or '>':
                return new Filter.Term(field, ReadComparison(field));
            case '[':
                return new Filter.Term(field, ReadRange(field));
            case '(':
                return TryReadOpenRange(field) is { } range ? new Filter.Term(field, range) : ReadList(field);
            case '=':
                reader.TryTake('=');
                return new Filter.Term(field, NotNothing(reader.ReadPattern(stops)).OfExactValue());
            default:
                var at = reader.At;
                if (reader.TakeName() is { Length: > 0 } function && reader.Here == '(')
                {
                    return ReadFunction(field, function, at);
                }
                reader.Back(at);
                return Plain(field, NotNothing(reader.ReadPattern(stops)));
        }
    }

    private Filter Plain(Field field, Pattern pattern)
    {
        if (pattern.Bare is { } bare)
        {
            if (QueryParser.BareTextOf(field) == BareText.Time)
            {
                return new Filter.Term(field, new During(Time(pattern)));
            }
            if (TryReadDots(field, pattern, bare) is { } range)
            {
                return new Filter.Term(field, range);
            }
            if (IsNetwork(bare))
            {
                return new Filter.Term(field, new InNetwork(Network.TryParse(bare, out var network) ? network : throw reader.Wrong(
                    pattern.At, pattern.Typed.Length, "there is no such network: behind the / stand 0 to 32, or to 128 of version 6; to look for the text, put it in quotes")));
            }
        }
        return QueryParser.BareTextOf(field) == BareText.Words ? Words(field, pattern) : Value(field, pattern);
    }

    // An address, and behind its slash digits: a path is none.
    private static bool IsNetwork(string text) => text.IndexOf('/', StringComparison.Ordinal) is var slash and > 0
        && Address.TryParse(System.Text.Encoding.UTF8.GetBytes(text[..slash]), out _, out _) && text.AsSpan(slash + 1) is { Length: > 0 } bits && !bits.ContainsAnyExceptInRange('0', '9');

    private static Filter Value(Field field, Pattern pattern) =>
        pattern.HasStars || pattern.Pieces[0].Length == 0 ? new Filter.Term(field, pattern.OfValue()) : Terms.Equal(field, pattern.Pieces[0]);

    private Filter.Term Words(Field field, Pattern pattern) => new(field, pattern.OfWords() ?? throw reader.Wrong(
        pattern.At, pattern.Typed.Length, $"a star stands at an end of words, not within; for a pattern of the whole value write {field}:equal(*{pattern.Typed.Trim('*')}*)"));

    private Filter ReadFunction(Field field, string function, int at)
    {
        if (!Functions.Contains(function))
        {
            throw reader.Wrong(at, function.Length, $"to look for a parenthesis, put the text in quotes; the language has no {function}(…), only {string.Join(" and ", Functions)}{Suggestions.Of(function, Functions)}");
        }
        var parts = ReadItems(field, () =>
        {
            var pattern = NotNothing(reader.ReadPattern(stops));
            return function == "equal" ? Value(field, pattern) : Words(field, pattern);
        });
        return AnyOf(field, parts);
    }

    private Filter ReadList(Field field) => AnyOf(field, ReadItems(field, () => Read(field)));

    private List<Filter> ReadItems(Field field, Func<Filter> read)
    {
        var (at, items, outside) = (reader.At, new List<Filter>(), stops);
        reader.TryTake('(');
        stops = ",";
        while (true)
        {
            reader.SkipSpace();
            if (reader.TryTake(')'))
            {
                stops = outside;
                return items.Count > 0 ? items : throw reader.Wrong(at, 2, $"values were expected, such as {field}:(error fatal)");
            }
            if (reader.IsAtEnd || reader.Here == '|')
            {
                throw reader.Wrong(at, 1, "this ( is not closed");
            }
            var wordAt = reader.At;
            if (reader.TryTakeWord("and") || reader.TryTakeWord("not"))
            {
                throw reader.Wrong(wordAt, 3, $"a list means any of its values; write conditions apart, such as {field}:a -{field}:b");
            }
            if (items.Count > 0 && (reader.TryTakeWord("or") || reader.TryTake(',')))
            {
                continue;
            }
            if (reader.Here == '(')
            {
                throw reader.WrongHere("a list has no lists in it");
            }
            items.Add(read());
        }
    }

    // Texts alone become one look-up of several.
    private static Filter AnyOf(Field field, List<Filter> parts)
    {
        if (parts is [var one])
        {
            return one;
        }
        return parts.All(part => part is Filter.Term { Operator: EqualTo })
            ? new Filter.Term(field, new AnyOf([.. parts.Select(part => ((EqualTo)((Filter.Term)part).Operator).Text)]))
            : new Filter.Or(parts);
    }

    private MatchesRegex ReadExpression()
    {
        var at = reader.At;
        reader.TryTake('~');
        var pattern = reader.ReadPattern();
        var expression = pattern.IsQuoted ? string.Join('*', pattern.Pieces) : pattern.Typed;
        if (expression.Length == 0 || reader.Here == '(')
        {
            throw reader.Wrong(at, reader.At - at + 1, "a regular expression in quotes was expected, such as path:~\"^/admin/.*\\.php$\"");
        }
        try
        {
            return new MatchesRegex(expression);
        }
        catch (QueryException error) when (error.Diagnostic is null)
        {
            throw reader.Wrong(pattern.At, pattern.Typed.Length, error.Message);
        }
    }

    private Operator ReadComparison(Field field)
    {
        var at = reader.At;
        var (isMore, isInclusive) = (reader.TryTake('>'), false);
        isInclusive = (isMore || reader.TryTake('<')) && reader.TryTake('=');
        var bound = reader.ReadPattern(stops);
        return isMore
            ? Range(at, ReadBound(field, bound), isInclusive, Open, true)
            : Range(at, Open, true, ReadBound(field, bound), isInclusive);
    }

    private Operator? TryReadOpenRange(Field field)
    {
        var at = reader.At;
        reader.TryTake('(');
        reader.SkipSpace();
        reader.ReadPattern();
        reader.SkipSpace();
        var isRange = reader.TryTakeWord("to");
        reader.Back(at);
        return isRange ? ReadRange(field) : null;
    }

    private Operator ReadRange(Field field)
    {
        var at = reader.At;
        var isFromInclusive = reader.TryTake('[');
        _ = isFromInclusive || reader.TryTake('(');
        reader.SkipSpace();
        var from = ReadBound(field, reader.ReadPattern("]"));
        reader.SkipSpace();
        if (!reader.TryTakeWord("to"))
        {
            throw reader.WrongHere($"TO was expected, as in {field}:[100 TO 500); to look for a bracket, put the text in quotes");
        }
        reader.SkipSpace();
        var to = ReadBound(field, reader.ReadPattern("]"));
        reader.SkipSpace();
        var isToInclusive = reader.TryTake(']');
        return isToInclusive || reader.TryTake(')')
            ? Range(at, from, isFromInclusive, to, isToInclusive)
            : throw reader.WrongHere("] or ) was expected: ] takes the end in, ) leaves it out");
    }

    // 100..500, both ends in, either left away. Other texts with two dots are texts.
    private Operator? TryReadDots(Field field, Pattern pattern, string bare)
    {
        var dots = bare.IndexOf("..", StringComparison.Ordinal);
        if (dots < 0 || bare.Length == 2)
        {
            return null;
        }
        Bound? BoundOf(string text) => text.Length == 0 ? Open : TryBound(field, text);
        return BoundOf(bare[..dots]) is { } from && BoundOf(bare[(dots + 2)..]) is { } to ? Range(pattern.At, from, true, to, true) : null;
    }

    private TimeRange Time(Pattern pattern)
    {
        var dots = pattern.Typed.IndexOf("..", StringComparison.Ordinal);
        var from = dots < 0 ? pattern.Typed : pattern.Typed[..dots];
        var to = dots < 0 ? pattern.Typed : pattern.Typed[(dots + 2)..];
        var (first, last) = (TimeRange.All, TimeRange.All);
        if ((from.Length > 0 && !TimeText.TryParse(from, now, out first)) || (to.Length > 0 && !TimeText.TryParse(to, now, out last)) || from.Length + to.Length == 0)
        {
            throw reader.Wrong(pattern.At, pattern.Typed.Length, "a time was expected, such as ts:2026-01-20, ts:2026-01-20T06..2026-01-20T08 or ts:>now-1h");
        }
        return first.From < last.To ? new TimeRange(first.From, last.To) : throw Reversed(pattern.At, pattern.Typed.Length);
    }

    // One end of a range: a number, or a time and the stretch that it names.
    private sealed record Bound(double Number, TimeRange Stretch, bool IsOpen = false)
    {
        public bool IsTime => double.IsNaN(Number);
    }

    private Bound ReadBound(Field field, Pattern pattern)
    {
        if (pattern.IsAnything)
        {
            return Open;
        }
        return TryBound(field, pattern.Pieces[0]) is { } bound && !pattern.HasStars
            ? bound
            : throw reader.Wrong(pattern.At, pattern.Typed.Length, QueryParser.BareTextOf(field) == BareText.Time
                ? "a time was expected, such as 2026-01-20, 2026-01-20T06:30 or now-1h"
                : "a number or a time was expected, such as 500, 0.5 or 2026-01-20");
    }

    private Bound? TryBound(Field field, string text)
    {
        if (QueryParser.BareTextOf(field) != BareText.Time && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number))
        {
            return new Bound(number, default);
        }
        return TimeText.TryParse(text, now, out var stretch) ? new Bound(double.NaN, stretch) : null;
    }

    private Operator Range(int at, Bound from, bool isFromInclusive, Bound to, bool isToInclusive)
    {
        (isFromInclusive, isToInclusive) = (isFromInclusive || from.IsOpen, isToInclusive || to.IsOpen);
        if (from.IsOpen && to.IsOpen)
        {
            return new Exists();
        }
        if (!from.IsOpen && !to.IsOpen && from.IsTime != to.IsTime)
        {
            throw reader.Wrong(at, reader.At - at, "both ends must be numbers, or both times");
        }
        if (from.IsOpen ? to.IsTime : from.IsTime)
        {
            var stretch = new TimeRange(isFromInclusive ? from.Stretch.From : from.Stretch.To, isToInclusive ? to.Stretch.To : to.Stretch.From);
            return stretch.From < stretch.To ? new During(stretch) : throw Reversed(at, reader.At - at);
        }
        var (least, most) = (from.IsOpen ? double.NegativeInfinity : from.Number, to.IsOpen ? double.PositiveInfinity : to.Number);
        return least < most || (least == most && isFromInclusive && isToInclusive)
            ? new Between(least, isFromInclusive, most, isToInclusive)
            : throw Reversed(at, reader.At - at);
    }

    private QueryException Reversed(int at, int length) => reader.Wrong(at, length, "this range ends before it begins, so nothing could be in it");

    private Pattern NotNothing(Pattern pattern) => pattern.Typed.Length > 0 ? pattern : throw reader.WrongHere("a text was expected; a sign of the language is looked for in quotes");
}
