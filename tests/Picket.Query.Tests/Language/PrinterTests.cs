using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Query.Language;
using Picket.Query.Operators;
using Picket.Testing;

namespace Picket.Query.Tests.Language;

public sealed class PrinterTests
{
    [Fact]
    public void What_is_printed_parses_to_the_same_filter_of_the_same_meaning() => Property.Holds(3_000, random =>
    {
        var filter = AsPeopleWrite(new RandomFilters(random).Next(depth: 4));
        var printed = filter.ToString();
        var query = QueryParser.Parse(printed, Some.Instant);
        var whole = Whole(query);
        var again = QueryParser.Parse(whole.ToString(), Some.Instant);
        Assert.True(query.Filter.Equals(again.Filter) && query.Time == again.Time, $"{printed}\n{whole}\n{Whole(again)}");
        using var batch = Some.Batch([.. Enumerable.Range(0, 20).Select(_ => new RandomEvents(random).Next())]);
        var (expected, found) = (new RowSet(), new RowSet());
        new Matcher(filter).Match(batch, expected);
        new Matcher(whole).Match(batch, found);
        for (var row = 0; row < batch.Count; row++)
        {
            Assert.True(expected.Contains(row) == found.Contains(row), $"{printed}\n{whole}\n{Some.Original(batch[row])}");
        }
    });

    [Theory]
    [InlineData("timeout \"a b\" -c", "timeout \"a b\" -c")]
    [InlineData("a or b c", "a or b c")]
    [InlineData("(a or b) c", "(a or b) c")]
    [InlineData("NOT (a AND b)", "-(a b)")]
    [InlineData("service:x", "app:x")]
    [InlineData("level:(WARNING or error)", "level:(warn error)")]
    [InlineData("status:100..500", "status:[100 TO 500]")]
    [InlineData("status:[100 TO *]", "status:>=100")]
    [InlineData("path:/a/b", "path:\"/a/b\"")]
    [InlineData("\"a field\":x", "\"a field\":x")]
    [InlineData("\"last\":x", "\"last\":x")]
    [InlineData("message:equal(x)", "message:equal(x)")]
    [InlineData("app:phrase(x*)", "app:phrase(x*)")]
    [InlineData("f:=\"A b\"*", "f:=\"A b\"*")]
    [InlineData("f:\"and\"", "f:\"and\"")]
    [InlineData("-*", "-*")]
    [InlineData("not not a", "--a")]
    public void Printing_is_short(string query, string printed) => Assert.Equal(printed, QueryParser.Parse(query, Some.Instant).Filter.ToString());

    private static Filter Whole(ParsedQuery query) =>
        query.Time == TimeRange.All ? query.Filter : Filter.AllOf([query.Filter, new Filter.Term(EventSchema.Ts, new During(query.Time))]);

    // Values of known fields in the one spelling that the language gives them, no ranges without anything in them, and no text that is nothing.
    private static Filter AsPeopleWrite(Filter filter) => filter switch
    {
        Filter.And and => new Filter.And([.. and.Parts.Select(AsPeopleWrite)]),
        Filter.Or or => new Filter.Or([.. or.Parts.Select(AsPeopleWrite)]),
        Filter.Not not => new Filter.Not(AsPeopleWrite(not.Part)),
        Filter.Term term => AsPeopleWrite(EventSchema.Resolve(term.Field.Name), term.Operator),
        _ => filter,
    };

    private static Filter AsPeopleWrite(Field field, Operator op) => op switch
    {
        EqualTo equal => Terms.Equal(field, equal.Text),
        AnyOf any => Terms.AnyOf(field.Name, any.Texts),
        During during when during.Stretch == TimeRange.All => new Filter.Term(field, new Exists()),
        Between between when between.From >= between.To => new Filter.Term(field, new Exists()),
        Between or InNetwork when field.Equals(EventSchema.Ts) || field.Equals(EventSchema.ReceivedAt) => new Filter.Term(field, new Exists()),
        TextOperator { Text: "" } or Like => op is Like like && like.Pieces.Any(piece => piece.Length > 0) ? new Filter.Term(field, op) : new Filter.Term(field, new Empty()),
        _ => new Filter.Term(field, op),
    };
}
