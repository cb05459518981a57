using Picket.Events;
using Picket.Events.Batches;
using Picket.Events.Schema;
using Picket.Query.Operators;
using Picket.Query.Store;
using Picket.Testing;

namespace Picket.Query.Tests;

public sealed class MatcherTests
{
    [Fact]
    public void Matching_a_batch_agrees_with_the_plain_interpreter() => Property.Holds(400, random =>
    {
        var events = new RandomEvents(random);
        using var batch = Some.Batch([.. Enumerable.Range(0, random.Next(1, 60)).Select(_ => events.Next())]);
        var filters = new RandomFilters(random, ofRules: true);
        for (var i = 0; i < 10; i++)
        {
            var filter = filters.Next();
            var rows = new RowSet();
            new Matcher(filter).Match(batch, rows);
            for (var row = 0; row < batch.Count; row++)
            {
                Assert.True(PlainMatch.Holds(filter, batch[row]) == rows.Contains(row), $"{filter} on {Some.Original(batch[row])}");
            }
        }
    });

    public static TheoryData<Operator, string, bool> Meanings => new()
    {
        { new Phrase("timeout"), "\"connection timeout\"", true },
        { new Phrase("TIMEOUT"), "\"connection timeout\"", true },
        { new Phrase("timeout"), "\"timeoutish\"", false },
        { new Phrase("timeout"), "\"a_timeout\"", false },
        { new Phrase("connection timeout"), "\"a connection timeout b\"", true },
        { new Phrase("10.0.0.1"), "\"from 10.0.0.1 port 3\"", true },
        { new Phrase("10.0.0.1"), "\"from 10.0.0.12\"", false },
        { new Phrase("ärger"), "\"so ein ÄRGER!\"", true },
        { new Phrase("rger"), "\"ärger\"", false },
        { new Phrase("time", OpenEnd: true), "\"a Timeout\"", true },
        { new Phrase("out", OpenEnd: true), "\"a timeout\"", false },
        { new Phrase("out", OpenStart: true), "\"a timeout.\"", true },
        { new Phrase("time", OpenStart: true), "\"a timeout\"", false },
        { new Like(["a", "b", "c"], CaseCounts: false), "\"A--b--C\"", true },
        { new Like(["a", "b", "c"], CaseCounts: true), "\"A--b--c\"", false },
        { new Like(["aba", "aba"], CaseCounts: false), "\"aba\"", false },
        { new Like(["", "x", ""], CaseCounts: true), "\"axb\"", true },
        { new During(new TimeRange(0, Instant.PerDay)), "\"1970-01-01T23:59:59Z\"", true },
        { new During(new TimeRange(0, Instant.PerDay)), "\"1970-01-02\"", false },
        { new During(new TimeRange(0, Instant.PerDay)), "\"soon\"", false },
        { new Contains("meou"), "\"timeout\"", true },
        { new Contains(""), "\"\"", true },
        { new Prefix("GET /a"), "\"get /admin\"", true },
        { new Suffix(".PHP"), "\"/index.php\"", true },
        { new EqualTo("404"), "404", true },
        { new EqualTo("404"), "\"404\"", true },
        { new EqualTo("404"), "404.0", false },
        { new EqualTo("true"), "true", true },
        { new EqualTo("null"), "null", false },
        { new EqualTo("ÄB"), "\"äb\"", true },
        { new Exactly("Error"), "\"error\"", false },
        { new Exactly("Error"), "\"Error\"", true },
        { new EqualTo("b"), "[\"a\",{\"x\":[\"B\"]}]", true },
        { new EqualTo("x"), "[{\"x\":1}]", false },
        { new EqualTo("a\"b"), "[\"a\\\"b\"]", true },
        { new AnyOf(["a", "b"]), "\"B\"", true },
        { Between.AtLeast(500), "503", true },
        { Between.AtLeast(500), "\"503\"", true },
        { Between.AtLeast(500), "\"50x\"", false },
        { Between.MoreThan(1), "1.0", false },
        { Between.LessThan(0), "-1e3", true },
        { new InNetwork(Events.Network.TryParse("10.0.0.0/8", out var network) ? network : default), "\"10.9.8.7\"", true },
        { new Exists(), "\"\"", true },
        { new Exists(), "[]", true },
        { new Exists(), "null", false },
        { new Empty(), "\"\"", true },
        { new Empty(), "null", false },
        { new Empty(), "[]", false },
        { new MatchesRegex("^/admin/.*\\.php$"), "\"/admin/x.php\"", true },
        { new MatchesRegex("^/admin"), "\"/ADMIN\"", false },
    };

    [Theory]
    [MemberData(nameof(Meanings))]
    public void An_operator_means(Operator op, string json, bool expected)
    {
        using var batch = Some.Batch($"{{\"f\":{json}}}", "{\"other\":1}");
        var rows = new RowSet();
        new Matcher(new Filter.Term(new Field("f"), op)).Match(batch, rows);
        Assert.Equal((expected, false), (rows.Contains(0), rows.Contains(1)));
        new Matcher(new Filter.Not(new Filter.Term(new Field("f"), op))).Match(batch, rows);
        Assert.Equal((!expected, true), (rows.Contains(0), rows.Contains(1)));
        Assert.Equal(op, op with { });
        Assert.Equal(op.GetHashCode(), (op with { }).GetHashCode());
        Assert.NotEmpty(op.ToString());
    }

    [Theory]
    [InlineData("level", "WARNING", """{"level":"warn"}""")]
    [InlineData("severity", "HIGH", """{"level":"error"}""")]
    [InlineData("service", "web", """{"app":"web"}""")]
    [InlineData("fields.user_id", "u1", """{"fields":{"user_id":"u1"}}""")]
    [InlineData("client_ip", "2001:DB8:0::1", """{"src_ip":"2001:db8::1"}""")]
    public void A_term_finds_every_spelling(string field, string value, string json)
    {
        using var batch = Some.Batch(json);
        var rows = new RowSet();
        new Matcher(Terms.Equal(field, value)).Match(batch, rows);
        Assert.True(rows.Contains(0));
    }

    [Theory]
    [InlineData("(?=a)b")]
    [InlineData("(a)\\1")]
    [InlineData("(")]
    public void An_expression_that_cannot_be_run_safely_is_refused(string pattern)
    {
        var error = Assert.Throws<QueryException>(() => new MatchesRegex(pattern));
        Assert.Equal(QueryException.InvalidRequest, error.Error);
    }

    [Fact]
    public void Filters_are_equal_by_value()
    {
        static Filter Make() => new Filter.And([Terms.Equal("a", "b"), new Filter.Or([new Filter.Not(Terms.AnyOf("c", ["d", "e"]))])]);
        Assert.Equal(Make(), Make());
        Assert.Equal(Make().GetHashCode(), Make().GetHashCode());
        Assert.NotEqual(Make(), Terms.Equal("a", "b"));
    }

    [Fact]
    public void A_need_promises_never_too_little() => Property.Holds(400, random =>
    {
        var filter = new RandomFilters(random, ofRules: true).Next();
        using var batch = Some.Batch(new RandomEvents(random).Next());
        if (PlainMatch.Holds(filter, batch[0]))
        {
            Assert.True(Satisfies(batch[0], filter.Need), $"{filter} needs {filter.Need} of {Some.Original(batch[0])}");
        }
    });

    private static bool Satisfies(EventRow row, Need need)
    {
        switch (need)
        {
            case Need.All all:
                foreach (var part in all.Parts)
                {
                    if (!Satisfies(row, part))
                    {
                        return false;
                    }
                }
                return true;
            case Need.OneOf one:
                foreach (var part in one.Parts)
                {
                    if (Satisfies(row, part))
                    {
                        return true;
                    }
                }
                return false;
            case Need.Present present:
                return IsTime(present.Field) || row.TryGet(present.Field, out _) || (present.OrMember && row.Batch.Fields.Any(member => member.IsWithin(present.Field)));
            case Need.Literal literal:
                return IsTime(literal.Field) || (row.TryGet(literal.Field, out var value)
                    && (value.IsJson || value.ToString().Contains(literal.Text, StringComparison.OrdinalIgnoreCase)));
            default:
                return true;
        }
    }

    private static bool IsTime(Field field) => field.Equals(EventSchema.Ts) || field.Equals(EventSchema.ReceivedAt);
}
