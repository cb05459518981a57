using Picket.Events;
using Picket.Events.Schema;
using Picket.Query.Operators;
using Picket.Query.Store;

namespace Picket.Query.Language;

/// <summary>
/// The query language (<c>docs/query-language.md</c>), by recursive descent: what a character means depends on what stands before it, and errors must point at their place,
/// which a parser generated from a grammar gives neither.
/// </summary>
public sealed class QueryParser
{
    private static readonly string[] Directives = ["last", "from", "to"];

    private readonly QueryReader reader;
    private readonly FieldValues values;
    private readonly PipeParser pipes;
    private readonly long now;
    private readonly List<NamedField> named = [];
    private TimeRange time = TimeRange.All;
    private int? directiveAt;
    private int depth;

    private QueryParser(string text, long now)
    {
        (reader, this.now) = (new QueryReader(text), now);
        values = new FieldValues(reader, now);
        pipes = new PipeParser(reader, named, () => ParseOr(isWhole: false));
    }

    /// <param name="text">The query; empty for everything.</param>
    /// <param name="now">What relative times count from; ns since 1970.</param>
    /// <exception cref="QueryException">It is too long, or wrong: with its <see cref="QueryException.Diagnostic"/>.</exception>
    public static ParsedQuery Parse(string text, long now)
    {
        if (text.Length > Limits.QueryCharacters)
        {
            throw new QueryException(QueryException.InvalidRequest, $"A query has at most {Limits.QueryCharacters:N0} characters; this one has {text.Length:N0}.");
        }
        return new QueryParser(text, now).Parse();
    }

    /// <summary>The same where only events are asked for.</summary>
    /// <exception cref="QueryException">It is too long or wrong, or has pipes.</exception>
    public static ParsedQuery ParseFilter(string text, long now) => Parse(text, now) is { Pipes: [] } query
        ? query
        : throw new QueryException(QueryException.InvalidRequest, "Pipes have no place here, where events are asked for; POST /v1/query and picket query take them.");

    internal static BareText BareTextOf(Field field) =>
        field.Equals(EventSchema.Message) ? BareText.Words : EventSchema.IsTime(field) ? BareText.Time : BareText.Value;

    internal static bool IsDirective(string name) => Directives.Contains(name, StringComparer.OrdinalIgnoreCase);

    private ParsedQuery Parse()
    {
        reader.SkipSpace();
        var filter = reader.IsAtEnd || reader.Here == '|' ? Filter.Everything : ParseOr(isWhole: true);
        var then = pipes.Parse();
        if (!reader.IsAtEnd)
        {
            throw reader.Here == ')'
                ? reader.WrongHere("no ( stands before that this could close; to look for it, put it in quotes")
                : reader.WrongHere("to look for this sign, put it in quotes");
        }
        return new ParsedQuery(TakeTimes(filter), time, then, named);
    }

    // A stretch of the events' own time that must hold in any case narrows what is looked at at all.
    private Filter TakeTimes(Filter filter)
    {
        var parts = filter is Filter.And and ? and.Parts : [filter];
        var others = new List<Filter>();
        foreach (var part in parts)
        {
            if (part is Filter.Term { Operator: During during } term && term.Field.Equals(EventSchema.Ts))
            {
                Narrow(during.Stretch);
            }
            else
            {
                others.Add(part);
            }
        }
        return others.Count == parts.Count ? filter : Filter.AllOf(others);
    }

    private void Narrow(TimeRange stretch) => time = time.And(stretch);

    /// <param name="isWhole">Whether it is the whole query, not in parentheses or behind a minus.</param>
    private Filter ParseOr(bool isWhole)
    {
        var parts = new List<Filter> { ParseAnd(isWhole) };
        while (reader.TryTakeWord("or"))
        {
            if (directiveAt is { } at)
            {
                throw reader.Wrong(at, 1, "the time of a query holds for all of it: put the alternatives in parentheses, such as (a or b) last:1h");
            }
            reader.SkipSpace();
            parts.Add(ParseAnd(isWhole: false));
        }
        return parts is [var one] ? one : new Filter.Or(parts);
    }

    private Filter ParseAnd(bool isWhole)
    {
        var (parts, before) = (new List<Filter>(), directiveAt);
        while (!reader.IsAtEnd && reader.Here is not (')' or '|'))
        {
            var at = reader.At;
            if (reader.TryTakeWord("or"))
            {
                reader.Back(at);
                break;
            }
            if (reader.TryTakeWord("and"))
            {
                reader.SkipSpace();
                if (parts.Count == 0 || reader.IsAtEnd || reader.Here is ')' or '|')
                {
                    throw reader.Wrong(at, 3, "something must stand on both sides of and; to look for the word, put it in quotes");
                }
                continue;
            }
            if (ParseNot(isWhole) is { } part)
            {
                parts.Add(part);
            }
            reader.SkipSpace();
        }
        if (parts.Count == 0 && directiveAt == before)
        {
            throw reader.WrongHere("a word, \"a phrase\" or field:value was expected");
        }
        return Filter.AllOf(parts);
    }

    // Null for what is no condition but the time of the whole query.
    private Filter? ParseNot(bool isWhole)
    {
        var at = reader.At;
        var isNot = reader.TryTakeWord("not");
        if (!isNot && reader.Here is '-' or '!' && !char.IsWhiteSpace(reader.Next) && reader.Next != '\0')
        {
            isNot = reader.TryTake(reader.Here);
        }
        if (!isNot)
        {
            return ParseOne(isWhole);
        }
        reader.SkipSpace();
        if (reader.IsAtEnd || reader.Here is ')' or '|')
        {
            throw reader.Wrong(at, 3, "what must not be is missing; to look for the word not, put it in quotes");
        }
        return Deeper(at, () => ParseNot(isWhole: false)) is { } part && part != Filter.Everything ? new Filter.Not(part) : Filter.Nothing;
    }

    private Filter? ParseOne(bool isWhole)
    {
        var at = reader.At;
        if (reader.TryTake('('))
        {
            reader.SkipSpace();
            var inner = Deeper(at, () => ParseOr(isWhole: false));
            return reader.TryTake(')') ? inner : throw reader.Wrong(at, 1, "this ( is not closed");
        }
        if (!reader.TryTakeField(out var name, out var nameAt, out var isQuoted))
        {
            return values.ReadAlone();
        }
        if (!isQuoted && IsDirective(name))
        {
            ReadDirective(name, nameAt, isWhole);
            return null;
        }
        if (reader.IsAtGap)
        {
            throw reader.Wrong(nameAt, reader.At - nameAt, $"{name}: needs its value right after the colon, such as {name}:error; to look for the text, put it in quotes");
        }
        if (!isQuoted && Inside.TrySplit(name, out var array, out var path))
        {
            var holder = EventSchema.Resolve(array);
            named.Add(new NamedField(holder, array, nameAt));
            return Within(holder, path, values.Read(new Field(name)));
        }
        var field = EventSchema.Resolve(name);
        named.Add(new NamedField(field, name, nameAt));
        return values.Read(field);
    }

    // What was asked of a name with a path into an array, asked of the array.
    private static Filter Within(Field array, string path, Filter asked) => asked switch
    {
        Filter.Term term => new Filter.Term(array, new Inside(path, term.Operator)),
        Filter.Or or => new Filter.Or([.. or.Parts.Select(part => Within(array, path, part))]),
        Filter.And and => new Filter.And([.. and.Parts.Select(part => Within(array, path, part))]),
        Filter.Not not => new Filter.Not(Within(array, path, not.Part)),
        _ => asked,
    };

    private void ReadDirective(string name, int at, bool isWhole)
    {
        var value = reader.ReadPattern();
        if (!isWhole)
        {
            throw reader.Wrong(at, reader.At - at, $"{name}: holds for the whole query and stands in no parentheses, behind no minus and in no alternative; ts: can, such as ts:>=2026-01-20. For a field of this name write \"{name}\":…");
        }
        directiveAt ??= at;
        if (name.Equals("last", StringComparison.OrdinalIgnoreCase))
        {
            Narrow(TimeText.TryParseLength(value.Typed, out var length)
                ? new TimeRange(now - Math.Min(length, now), long.MaxValue)
                : throw reader.Wrong(value.At, value.Typed.Length, "a length of time was expected, such as last:15m, last:36h or last:7d"));
            return;
        }
        if (!TimeText.TryParse(value.Pieces[0], now, out var stretch))
        {
            throw reader.Wrong(value.At, value.Typed.Length, $"a time was expected, such as {name}:2026-01-20, {name}:2026-01-20T06:30:00Z or {name}:now-1h");
        }
        Narrow(name.Equals("from", StringComparison.OrdinalIgnoreCase) ? new TimeRange(stretch.From, long.MaxValue) : new TimeRange(0, stretch.From));
        // A time past the last there is is no mistake.
        if (time.From >= time.To && time.To < long.MaxValue)
        {
            throw reader.Wrong(at, reader.At - at, $"no time is left: to: must be after from: and last:, and they are {Instant.Format(time.From)} and {Instant.Format(time.To)}");
        }
    }

    private T Deeper<T>(int at, Func<T> read)
    {
        if (++depth > Limits.QueryDepth)
        {
            throw reader.Wrong(at, 1, $"a query nests at most {Limits.QueryDepth} deep");
        }
        var inner = read();
        depth--;
        return inner;
    }
}
