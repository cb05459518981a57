using Picket.Query.Language;

namespace Picket.Query.Tests.Language;

public sealed class UnknownFieldsTests
{
    [Theory]
    [InlineData("levl:error", "No event of the time asked for has a field levl; did you mean level?")]
    [InlineData("hots:a or not hots:b", "No event of the time asked for has a field hots; did you mean host?")]
    [InlineData("* | count by usr_id", "No event of the time asked for has a field usr_id; did you mean user_id?")]
    [InlineData("elsewhere:1 level:error", "No event of the time asked for has a field elsewhere.")]
    [InlineData("level:error service:web http:* http.url:a ts:>2026-01-01 received_at:* timeout", null)]
    public void A_field_that_no_event_has_is_named_with_the_one_that_was_meant(string query, string? hint) =>
        Assert.Equal(hint is null ? [] : [hint], UnknownFields.Of(QueryParser.Parse(query, 0).Named, ["level", "host", "user_id", "app", "message", "http.url"]));

    [Fact]
    public void Without_any_event_that_is_what_is_said() => Assert.Single(UnknownFields.Of([], []), "There are no events at all of the time asked for.");
}
