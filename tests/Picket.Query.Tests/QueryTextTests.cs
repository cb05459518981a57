using Picket.Events.Schema;
using Picket.Query.Language;
using Picket.Query.Operators;
using Picket.Query.Store;

namespace Picket.Query.Tests;

public sealed class QueryTextTests
{
    private static readonly Field Message = EventSchema.Message;

    [Fact]
    public void Words_phrases_and_fields_are_anded()
    {
        Assert.Equal(
            Filter.AllOf([new Filter.Term(Message, new Phrase("timeout")), new Filter.Term(Message, new Phrase("a b")), Terms.Equal("level", "warn"), Terms.Equal("app", "x y")]),
            QueryText.Parse("timeout  \"a b\" level:WARNING service:\"x y\""));
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("*")]
    public void Nothing_means_everything(string query) => Assert.Equal(Filter.Everything, QueryText.Parse(query));

    [Theory]
    [InlineData("12:30:00")]
    [InlineData("https://example.com/x")]
    [InlineData("10.0.0.1")]
    [InlineData("a@b.c")]
    public void A_colon_in_a_time_or_a_link_is_no_field(string query) => Assert.Equal(new Filter.Term(Message, new Phrase(query)), QueryText.Parse(query));

    [Fact]
    public void A_field_may_hold_colons_and_quotes() =>
        Assert.Equal(Terms.Equal("path", "C:\\x \"y\""), QueryText.Parse("path:\"C:\\\\x \\\"y\\\"\""));

    [Theory]
    [InlineData("\"open", 0)]
    [InlineData("level: x", 5)]
    [InlineData("level:", 5)]
    public void An_error_points_at_its_place(string query, int at)
    {
        var error = Assert.Throws<QueryException>(() => QueryText.Parse(query));
        Assert.Equal($"{query}\n{new string(' ', at)}^", error.Message[..(query.Length + at + 2)]);
    }

    [Fact]
    public void A_query_too_long_is_refused() => Assert.Throws<QueryException>(() => QueryText.Parse(new string('x', Limits.QueryCharacters + 1)));
}
