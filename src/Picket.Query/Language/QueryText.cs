using System.Globalization;
using Picket.Events.Schema;
using Picket.Query.Operators;
using Picket.Query.Store;

namespace Picket.Query.Language;

/// <summary>
/// What people type: words and <c>"phrases"</c>, which the message must all have, and <c>field:value</c> or <c>field:"a value"</c>, which the field must be;
/// <c>field:&gt;=5</c> (also <c>&gt; &lt; &lt;=</c>) compares numbers, <c>field:~"a.*b"</c> is a regular expression.
/// <c>*</c> or nothing means everything.
/// </summary>
public static class QueryText
{
    /// <exception cref="QueryException">A quote is not closed, a field has no value, or the text is too long.</exception>
    public static Filter Parse(string query)
    {
        if (query.Length > Limits.QueryCharacters)
        {
            throw new QueryException(QueryException.InvalidRequest, $"A query has at most {Limits.QueryCharacters:N0} characters.");
        }
        var parts = new List<Filter>();
        for (var at = 0; at < query.Length;)
        {
            if (char.IsWhiteSpace(query[at]))
            {
                at++;
                continue;
            }
            var (first, firstQuoted) = Read(query, ref at, stopAtColon: true);
            if (at < query.Length && query[at] == ':' && first.Length > 0)
            {
                var colon = at++;
                if (at == query.Length || char.IsWhiteSpace(query[at]))
                {
                    throw Wrong(query, colon, $"{first}: needs a value after the colon, such as {first}:error");
                }
                parts.Add(Term(query, first, ref at));
            }
            else if (firstQuoted || first != "*")
            {
                parts.Add(new Filter.Term(EventSchema.Message, new Phrase(first)));
            }
        }
        return Filter.AllOf(parts);
    }

    private static Filter Term(string query, string name, ref int at)
    {
        var start = at;
        if (query[at] == '~')
        {
            at++;
            var pattern = at < query.Length && !char.IsWhiteSpace(query[at]) ? Read(query, ref at, stopAtColon: false).Text : throw Wrong(query, start, "a regular expression was expected after ~");
            return new Filter.Term(EventSchema.Resolve(name), new MatchesRegex(pattern));
        }
        if (query[at] is not ('<' or '>'))
        {
            return Terms.Equal(name, Read(query, ref at, stopAtColon: false).Text);
        }
        var (more, inclusive) = (query[at] == '>', at + 1 < query.Length && query[at + 1] == '=');
        at += inclusive ? 2 : 1;
        var text = at < query.Length && !char.IsWhiteSpace(query[at]) ? Read(query, ref at, stopAtColon: false).Text : "";
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
        {
            throw Wrong(query, start, $"a number was expected, such as {name}:>=500");
        }
        var range = (more, inclusive) switch
        {
            (true, true) => Between.AtLeast(number),
            (true, false) => Between.MoreThan(number),
            (false, true) => Between.AtMost(number),
            _ => Between.LessThan(number),
        };
        return new Filter.Term(EventSchema.Resolve(name), range);
    }

    private static (string Text, bool Quoted) Read(string query, ref int at, bool stopAtColon)
    {
        var start = at;
        if (query[at] == '"')
        {
            var text = new System.Text.StringBuilder();
            for (at++; at < query.Length && query[at] != '"'; at++)
            {
                if (query[at] == '\\' && at + 1 < query.Length)
                {
                    at++;
                }
                text.Append(query[at]);
            }
            if (at++ >= query.Length)
            {
                throw Wrong(query, start, "a quote is not closed");
            }
            return (text.ToString(), true);
        }
        while (at < query.Length && !char.IsWhiteSpace(query[at]) && !(stopAtColon && query[at] == ':' && IsName(query.AsSpan(start, at - start))))
        {
            at++;
        }
        return (query[start..at], false);
    }

    // A colon ends a field's name, not the first part of a time, an address or a URL.
    private static bool IsName(ReadOnlySpan<char> text) =>
        !text.IsEmpty && (char.IsLetter(text[0]) || text[0] is '_' or '@') && !(text is "http" or "https");

    private static QueryException Wrong(string query, int at, string what) =>
        new(QueryException.InvalidRequest, $"{query}\n{new string(' ', at)}^ {what}");
}
