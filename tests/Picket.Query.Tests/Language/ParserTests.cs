using Picket.Events;
using Picket.Events.Schema;
using Picket.Query.Language;
using Picket.Query.Operators;
using Picket.Query.Store;
using Picket.Testing;

namespace Picket.Query.Tests.Language;

public sealed class ParserTests
{
    private static readonly Field Message = EventSchema.Message;

    [Fact]
    public void Words_phrases_and_fields_are_anded() => Assert.Equal(
        Filter.AllOf([new Filter.Term(Message, new Phrase("timeout")), new Filter.Term(Message, new Phrase("a b")), Terms.Equal("level", "warn"), Terms.Equal("app", "x y")]),
        Parse("timeout  \"a b\" level:WARNING service:\"x y\""));

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("*")]
    [InlineData("last:15m")]
    public void Nothing_means_everything(string query) => Assert.Equal(Filter.Everything, Parse(query));

    [Theory]
    [InlineData("12:30:00")]
    [InlineData("https://example.com/x?a=b")]
    [InlineData("10.0.0.1")]
    [InlineData("a@b.c")]
    [InlineData("C:\\Windows\\x")]
    [InlineData("[error]")]
    [InlineData("a,b")]
    [InlineData("a=b")]
    [InlineData("android")]
    [InlineData("nothing")]
    [InlineData("10.0.0.0/8")]
    [InlineData("1..2")]
    public void Signs_within_a_text_are_its_own(string query) => Assert.Equal(new Filter.Term(Message, new Phrase(query)), Parse(query));

    [Theory]
    [InlineData("path:\"C:\\\\x \\\"y\\\"\"", "C:\\x \"y\"")]
    [InlineData("path:\"C:\\x\"", "C:\\x")]
    [InlineData("path:a\\*b", "a*b")]
    [InlineData("path:a\\ b\\)", "a b)")]
    [InlineData("path:a:b", "a:b")]
    [InlineData("path:\"\\\"*", null)]
    public void A_value_may_hold_any_sign(string query, string? value)
    {
        if (value is null)
        {
            Assert.Throws<QueryException>(() => Parse(query));
            return;
        }
        Assert.Equal(Terms.Equal("path", value), Parse(query));
    }

    [Theory]
    [InlineData("last:15m", "2026-01-20T11:45:00Z", null)]
    [InlineData("last:1.5h x", "2026-01-20T10:30:00Z", null)]
    [InlineData("from:2026-01-19 to:2026-01-20T06", "2026-01-19T00:00:00Z", "2026-01-20T06:00:00Z")]
    [InlineData("from:now-1h to:now", "2026-01-20T11:00:00Z", "2026-01-20T12:00:00Z")]
    [InlineData("from:-1d", "2026-01-19T12:00:00Z", null)]
    [InlineData("ts:2026-01-20", "2026-01-20T00:00:00Z", "2026-01-21T00:00:00Z")]
    [InlineData("ts:2026-01", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z")]
    [InlineData("ts:2026-01-20T10:30", "2026-01-20T10:30:00Z", "2026-01-20T10:31:00Z")]
    [InlineData("ts:2026-01-18..2026-01-20", "2026-01-18T00:00:00Z", "2026-01-21T00:00:00Z")]
    [InlineData("ts:[2026-01-18 TO 2026-01-20)", "2026-01-18T00:00:00Z", "2026-01-20T00:00:00Z")]
    [InlineData("ts:>2026-01-18", "2026-01-19T00:00:00Z", null)]
    [InlineData("ts:<=2026-01-18T10:00:00.5Z", null, "2026-01-18T10:00:00.500000001Z")]
    [InlineData("timestamp:>=2026-01-18T10:00:00+02:00 to:2026-01-20", "2026-01-18T08:00:00Z", "2026-01-20T00:00:00Z")]
    public void Times_narrow_what_is_looked_at(string query, string? from, string? to)
    {
        var time = QueryParser.Parse(query, Some.Instant).Time;
        Assert.Equal((from, to), (time.From == Instant.Min ? null : Instant.Format(time.From), time.To == Instant.Max ? null : Instant.Format(time.To)));
    }

    [Fact]
    public void A_time_that_need_not_hold_narrows_nothing()
    {
        var query = QueryParser.Parse("ts:2026-01-20 or level:error", Some.Instant);
        Assert.Equal(TimeRange.All, query.Time);
        Assert.IsType<Filter.Or>(query.Filter);
    }

    [Theory]
    [InlineData("\"open", 0, "not closed")]
    [InlineData("level: x", 0, "level:error")]
    [InlineData("level:", 0, "right after the colon")]
    [InlineData("(a b", 0, "not closed")]
    [InlineData("a b)", 3, "no ( stands before")]
    [InlineData("a or", 4, "a word")]
    [InlineData("or a", 0, "a word")]
    [InlineData("a and", 2, "both sides")]
    [InlineData("not", 0, "must not be")]
    [InlineData("()", 1, "a word")]
    [InlineData("level:()", 6, "values were expected")]
    [InlineData("level:(a b", 6, "not closed")]
    [InlineData("level:(a and b)", 9, "any of its values")]
    [InlineData("status:>abc", 8, "a number or a time")]
    [InlineData("status:[5 TO 1]", 7, "ends before it begins")]
    [InlineData("status:[5 1]", 10, "TO was expected")]
    [InlineData("status:[5 TO 10", 15, "] or )")]
    [InlineData("status:[5 TO 2026-01-01]", 7, "both times")]
    [InlineData("ts:yesterday", 3, "ts:2026-01-20")]
    [InlineData("last:5", 5, "last:15m")]
    [InlineData("last:-5m", 5, "last:15m")]
    [InlineData("from:monday", 5, "from:2026-01-20")]
    [InlineData("(last:5m)", 1, "whole query")]
    [InlineData("a or last:5m", 5, "whole query")]
    [InlineData("last:5m or a", 0, "in parentheses")]
    [InlineData("-last:5m", 1, "whole query")]
    [InlineData("path:~\"(\"", 6, "cannot be read")]
    [InlineData("path:~\"(?=a)\"", 6, "backtracking")]
    [InlineData("path:~\"((a{1000}){1000}){1000}\"", 6, "too large")]
    [InlineData("path:~", 5, "in quotes")]
    [InlineData("path:phrse(x)", 5, "did you mean phrase?")]
    [InlineData("ti*out", 0, "message:equal(*ti*out*)")]
    public void An_error_points_at_its_place_and_says_what_to_write(string query, int at, string what)
    {
        var error = Assert.Throws<QueryException>(() => Parse(query));
        Assert.Equal(QueryException.InvalidRequest, error.Error);
        Assert.Equal(at, error.Diagnostic!.At);
        Assert.StartsWith($"{query}\n{new string(' ', at)}^", error.Message, StringComparison.Ordinal);
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_query_too_long_or_too_deep_is_refused()
    {
        Assert.Throws<QueryException>(() => Parse(new string('x', Limits.QueryCharacters + 1)));
        var deep = Assert.Throws<QueryException>(() => Parse(new string('(', 1_000) + "a" + new string(')', 1_000)));
        Assert.Equal(Limits.QueryDepth, deep.Diagnostic!.At);
        Assert.True(deep.Message.Length < 400);
        Assert.Throws<QueryException>(() => Parse(new string('-', 1_000) + "a"));
        Assert.IsType<Filter.Not>(Parse(new string('-', Limits.QueryDepth) + "a"));
    }

    [Fact]
    public void Whatever_is_typed_is_a_query_or_an_error_with_its_place() => Property.Holds(5_000, random =>
    {
        string[] parts = ["a", "level", ":", "(", ")", "[", "]", "\"", "*", "-", "!", "~", "=", ">", "<", "..", " ", " ", "or", "and", "not", "TO", "5", "2026-01-20", "last:", "\\", "|", ",", "/8", "phrase(", "ä", "\t"];
        var query = string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => parts[random.Next(parts.Length)]));
        try
        {
            var filter = Parse(query);
            Assert.Equal(filter.ToString(), Parse(filter.ToString()).ToString());
        }
        catch (QueryException error)
        {
            Assert.InRange(error.Diagnostic!.At, 0, query.Length);
        }
    });

    private static Filter Parse(string query) => QueryParser.Parse(query, Some.Instant).Filter;
}
