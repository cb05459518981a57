using System.Globalization;
using Picket.Events.Schema;
using Picket.Query.Aggregates;
using Picket.Query.Pipes;
using Picket.Query.Store;

namespace Picket.Query.Language;

/// <summary>Reads what stands behind bars. Knows which columns there are behind each, so that a name that is none of them is told at once.</summary>
/// <param name="reader">The query.</param>
/// <param name="named">Fields of events that the query names are added here.</param>
/// <param name="parseFilter">Reads a filter up to the next bar.</param>
internal sealed class PipeParser(QueryReader reader, List<NamedField> named, Func<Filter> parseFilter)
{
    private static readonly string[] Names = ["count", "histogram", "top", "rare", "stats", "distinct", "patterns", "fields", "sort", "head", "where"];

    // What users of other languages type.
    private static readonly Dictionary<string, string> Elsewhere = new(StringComparer.OrdinalIgnoreCase)
    {
        ["limit"] = "head",
        ["take"] = "head",
        ["tail"] = "sort",
        ["uniq"] = "distinct",
        ["dedup"] = "distinct",
        ["table"] = "fields",
        ["project"] = "fields",
        ["select"] = "fields",
        ["keep"] = "fields",
        ["order"] = "sort",
        ["filter"] = "where",
        ["search"] = "where",
        ["summarize"] = "stats",
        ["timechart"] = "histogram",
        ["hits"] = "histogram",
        ["cluster"] = "patterns",
        ["freq"] = "top",
        ["group"] = "count",
    };

    // The columns there are; null for events, which have what they have.
    private IReadOnlyList<string>? columns;

    /// <summary>All pipes from here to the end.</summary>
    public List<Pipe> Parse()
    {
        var pipes = new List<Pipe>();
        while (reader.TryTake('|'))
        {
            reader.SkipSpace();
            if (pipes.Count == Limits.QueryPipes)
            {
                throw reader.WrongHere($"a query has at most {Limits.QueryPipes} pipes");
            }
            var at = reader.At;
            var pipe = ParsePipe(at, reader.TakeName());
            pipes.Add(pipe);
            columns = pipe is Grouping grouping ? Unique(grouping, at) : pipe is Keep keep ? [.. keep.Fields.Select(field => field.Name)] : columns;
            reader.SkipSpace();
            if (!reader.IsAtEnd && reader.Here != '|')
            {
                throw reader.WrongHere("the next | or the end was expected");
            }
        }
        return pipes;
    }

    private Pipe ParsePipe(int at, string name)
    {
        reader.SkipSpace();
        return name.ToLowerInvariant() switch
        {
            "count" => new Count(ParseBy()),
            "histogram" when columns?.Contains(EventSchema.Ts.Name) == false => throw reader.Wrong(at, name.Length, "histogram needs the column ts, which the pipes before it leave out; keep it, or make it the first of them"),
            "histogram" => new Histogram(ParseInterval(), ParseBy()),
            "top" => new Top(ParseNumber(Head.Usual), ParseFields("top 10 src_ip")),
            "rare" => new Rare(ParseNumber(Head.Usual), ParseFields("rare 10 user_agent")),
            "stats" => new Stats(ParseMetrics(), ParseBy()),
            "distinct" => new Distinct(IsAtPipeEnd && columns is not null ? [.. columns.Select(column => new Field(column))] : ParseFields("distinct user_id, app")),
            "patterns" => new Patterns(ParseNumber(Patterns.Usual), IsAtPipeEnd ? Known(EventSchema.Message.Name, reader.At) : ParseField("a field, such as message, or nothing")),
            "fields" => new Keep(ParseFields("fields ts, level, message")),
            "sort" => new Sort(ParseOrder()),
            "head" => new Head(ParseNumber(Head.Usual)),
            "where" => new Where(ParseWhere()),
            _ => throw reader.Wrong(at, name.Length, $"a pipe was expected: one of {string.Join(", ", Names)}{Suggestion(name)}"),
        };
    }

    private bool IsAtPipeEnd => reader.IsAtEnd || reader.Here == '|';

    private static string Suggestion(string name) =>
        Elsewhere.TryGetValue(name, out var ours) ? $"; did you mean {ours}?" : name.Length > 0 ? Suggestions.Of(name, Names) : "";

    private IReadOnlyList<string> Unique(Grouping grouping, int at)
    {
        var twice = grouping.Columns.CountBy(column => column).FirstOrDefault(pair => pair.Value > 1).Key;
        return twice is null
            ? grouping.Columns
            : throw reader.Wrong(at, 1, $"two columns would be named {twice}; name one with as, such as stats count() as events by {twice}");
    }

    private List<Field> ParseBy()
    {
        reader.SkipSpace();
        return reader.TryTakeWord("by") ? ParseFields("by level, app") : [];
    }

    private List<Field> ParseFields(string example) => ParseList(() => ParseField($"a field was expected, such as {example}"));

    private List<T> ParseList<T>(Func<T> parse)
    {
        var all = new List<T>();
        do
        {
            reader.SkipSpace();
            if (all.Count == Limits.PipeFields)
            {
                throw reader.WrongHere($"a pipe names at most {Limits.PipeFields} of them");
            }
            all.Add(parse());
            reader.SkipSpace();
        }
        while (reader.TryTake(','));
        return all;
    }

    private Field ParseField(string expected)
    {
        if (!reader.TryTakeFieldName(out var name, out var at))
        {
            throw reader.WrongHere(expected);
        }
        // A measure's column, as it is shown: p95(latency_ms).
        if (columns is not null && reader.Here == '(')
        {
            var open = reader.At;
            while (!reader.IsAtEnd && reader.Here is not (')' or '|'))
            {
                reader.TryTake(reader.Here);
            }
            name = reader.TryTake(')') ? reader.Text[at..reader.At] : throw reader.Wrong(open, 1, "this ( is not closed");
        }
        return Known(name, at);
    }

    // A field of events, or a column there is.
    private Field Known(string name, int at)
    {
        var field = EventSchema.Resolve(name);
        if (columns is null)
        {
            named.Add(new NamedField(field, name, at));
            return field;
        }
        return columns.Contains(name) ? new Field(name) : columns.Contains(field.Name) ? field : throw NoColumn(name, at, name.Length);
    }

    private QueryException NoColumn(string name, int at, int length) =>
        reader.Wrong(at, length, $"there is no column {name} here; there are {string.Join(", ", columns!)}{Suggestions.Of(name, columns!)}");

    private int ParseNumber(int usual)
    {
        var at = reader.At;
        if (!char.IsAsciiDigit(reader.Here))
        {
            return usual;
        }
        var text = reader.TakeName();
        reader.SkipSpace();
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : throw reader.Wrong(at, text.Length, "a whole number, 1 or more, was expected");
    }

    private long ParseInterval()
    {
        var at = reader.At;
        reader.TryTakeFieldName(out var text, out _);
        return TimeText.TryParseLength(text, out var length) ? length : throw reader.Wrong(at, text.Length, "a length of time was expected, such as 5m, 1h or 1d");
    }

    private Sorting.SortOrder ParseOrder() => new(ParseList(() =>
    {
        var isDescending = reader.TryTake('-');
        var field = ParseField("a field was expected, such as sort latency_ms desc");
        reader.SkipSpace();
        return new Sorting.SortKey(field, reader.TryTakeWord("desc", inList: true) || (!reader.TryTakeWord("asc", inList: true) && isDescending));
    }));

    private List<NamedMetric> ParseMetrics() => ParseList(() =>
    {
        var at = reader.At;
        reader.TryTakeFieldName(out var function, out _);
        var (op, percent) = Operator(function, at);
        if (!reader.TryTake('('))
        {
            throw reader.WrongHere($"( was expected, as in {function}({(op == MetricOperator.Count ? "" : "latency_ms")})");
        }
        reader.SkipSpace();
        var field = op == MetricOperator.Count && reader.Here == ')' ? null : ParseField($"a field was expected, as in {function}(latency_ms)");
        reader.SkipSpace();
        if (!reader.TryTake(')'))
        {
            throw reader.WrongHere($") was expected, as in {function}(latency_ms)");
        }
        var metric = new Metric(op, field, percent);
        reader.SkipSpace();
        if (!reader.TryTakeWord("as"))
        {
            return new NamedMetric(metric, NamedMetric.NameOf(metric));
        }
        reader.SkipSpace();
        return new NamedMetric(metric, reader.TryTakeFieldName(out var name, out _) ? EventSchema.Resolve(name).Name : throw reader.WrongHere("a name was expected, as in avg(latency_ms) as mean"));
    });

    private (MetricOperator Operator, double Percent) Operator(string function, int at)
    {
        if (NamedMetric.Operators.TryGetValue(function.ToLowerInvariant(), out var op))
        {
            return (op, 0);
        }
        return function.StartsWith('p') && double.TryParse(function.AsSpan(1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent) && percent is >= 0 and <= 100
            ? (MetricOperator.Percentile, percent)
            : throw reader.Wrong(at, function.Length, $"a measure was expected: one of {string.Join(", ", NamedMetric.Operators.Keys)}, or p and a percentile such as p95{Suggestions.Of(function, NamedMetric.Operators.Keys)}");
    }

    private Filter ParseWhere()
    {
        var (before, at) = (named.Count, reader.At);
        var filter = parseFilter();
        if (columns is null)
        {
            return filter;
        }
        foreach (var field in named[before..])
        {
            if (!columns.Contains(field.Field.Name))
            {
                throw NoColumn(field.Typed, field.At, field.Typed.Length);
            }
        }
        if (!columns.Contains(EventSchema.Message.Name) && HasWords(filter))
        {
            throw reader.Wrong(at, reader.At - at, $"words are looked for in message, which is no column here; write column:value, of {string.Join(", ", columns)}");
        }
        named.RemoveRange(before, named.Count - before);
        return filter;
    }

    private static bool HasWords(Filter filter) => filter switch
    {
        Filter.And and => and.Parts.Any(HasWords),
        Filter.Or or => or.Parts.Any(HasWords),
        Filter.Not not => HasWords(not.Part),
        Filter.Term term => term.Field.Equals(EventSchema.Message),
        _ => false,
    };
}
