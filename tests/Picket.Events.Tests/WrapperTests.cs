using Picket.Events.Schema;
using Picket.Testing;

namespace Picket.Events.Tests;

/// <summary>Windows events as JSON, in the ways programs write them: their fields have one name, and what was sent comes back.</summary>
public sealed class WrapperTests
{
    [Theory]
    [InlineData("""{"Event":{"#attributes":{"xmlns":"x"},"System":{"Provider":{"#attributes":{"Name":"P"}},"EventID":1,"TimeCreated":{"#attributes":{"SystemTime":"2026-01-19T10:00:35.646624Z"}},"Channel":"C","Computer":"dc1"},"EventData":{"Image":"i.exe","User":"u"}}}""")]
    [InlineData("""{"winlog":{"channel":"C","provider_name":"P","computer_name":"dc1","event_data":{"Image":"i.exe","User":"u"}},"EventID":1,"@timestamp":"2026-01-19T10:00:35.646624Z"}""")]
    [InlineData("""{"Channel":"C","EventID":1,"SourceName":"P","Image":"i.exe","User":"u","Computer":"dc1","ts":"2026-01-19T10:00:35.646624Z"}""")]
    [InlineData("""{"Event":{"System":{"Channel":"C","EventID":{"#text":1},"Provider":{"#attributes":{"Name":"P"}},"Computer":"dc1"},"UserData":{"Anything":{"Image":"i.exe","User":"u"}}},"time":"2026-01-19T10:00:35.646624Z"}""")]
    public void A_field_has_one_name_however_it_is_wrapped(string json)
    {
        using var batch = Some.Batch(json);
        var row = batch[0];
        foreach (var (name, text) in ((string, string)[])[("Channel", "C"), ("EventID", "1"), ("Provider_Name", "P"), ("Image", "i.exe"), ("User", "u"), ("host", "dc1")])
        {
            Assert.Equal(text, row.TryGet(new Field(name), out var value) ? value.ToString() : null);
        }
        Assert.Equal("2026-01-19T10:00:35.646624Z", Instant.Format(row.Time));
        Assert.Equal(json, Some.Original(row));
    }

    [Fact]
    public void What_stands_outside_counts_before_what_is_wrapped_and_both_come_back()
    {
        const string json = """{"Event":{"System":{"Channel":"inner","Level":4},"EventData":{"Channel":"data"}},"Channel":"outer"}""";
        using var batch = Some.Batch(json);
        Assert.True(batch[0].TryGet(new Field("Channel"), out var channel));
        Assert.Equal("outer", channel.ToString());
        Assert.True(batch[0].TryGet(new Field("Event.System.Channel"), out var inner));
        Assert.Equal("inner", inner.ToString());
        Assert.Equal(json, Some.Original(batch[0]));
    }
}
