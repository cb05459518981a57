using System.Text;
using Picket.Events.Parsing;
using Picket.Events.Schema;
using Picket.Testing;

namespace Picket.Events.Tests;

public sealed class EventParserTests
{
    [Theory]
    [InlineData("""{"message":"hello"}""")]
    [InlineData("""{}""")]
    [InlineData("""{"a":"404","b":404,"c":1.0,"d":null,"e":[],"f":{},"g":true,"h":false,"i":-0.0,"j":1E+2}""")]
    [InlineData("""{"a.b":1}""")]
    [InlineData("""{"a":{"b":1}}""")]
    [InlineData("""{"a":{"b":{"c":[1,{"d":"e"}]},"x":2},"y":{"z":3}}""")]
    [InlineData("""{"ts":"2026-01-20T06:20:00Z","level":"WARNING","severity":"HIGH"}""")]
    [InlineData("""{"timestamp":"2026-01-20T06:20:00.123456789+02:00","log":{"level":"err"},"service":{"name":"api"}}""")]
    [InlineData("""{"time":1768890000123,"level":30,"msg":"pino"}""")]
    [InlineData("""{"time":1768890000,"level":"unheard of","hostname":"h"}""")]
    [InlineData("""{"src_ip":"9.9.9.9","dst_ip":"::1","client_ip":"2001:DB8::1"}""")]
    [InlineData("""{"src_ip":"not an address"}""")]
    [InlineData("""{"service":"a","app":"b","application":"c"}""")]
    [InlineData("""{"fields":{"user_id":"u1","a":{"b":1}},"message":"m"}""")]
    [InlineData("""{"fields":{"user_id":"u1"},"user_id":"u2"}""")]
    [InlineData("""{"raw":"x","truncated":1,"received_at":"y"}""")]
    [InlineData("""{"a\"b":"c\\d\n\té","":"empty name"}""")]
    [InlineData("""{"e":"\u00e9\/"}""")]
    [InlineData("""{"a":1,"a":2}""")]
    [InlineData("""{"a.b":1,"a":{"b":2}}""")]
    [InlineData("""{"ts":null,"level":null,"src_ip":null}""")]
    [InlineData("""{"ts":"20 Jan"}""", false)]
    [InlineData("""{"ts":"0001-01-01T00:00:00Z"}""")]
    [InlineData("""{"ts":"9999-12-31T23:59:59Z"}""")]
    [InlineData("""{"ts":"2026-01-20 06:20:00"}""")]
    [InlineData("""{"ts":"2026-01-20T06:20:00+0200"}""")]
    public void An_event_comes_back_as_it_was_sent(string json, bool accepted = true)
    {
        if (!accepted)
        {
            Assert.Throws<InvalidOperationException>(() => Some.Batch(json));
            return;
        }
        using var batch = Some.Batch(json);
        Assert.Equal(json, Some.Original(batch[0]));
    }

    [Fact]
    public void White_space_is_all_that_is_lost()
    {
        using var batch = Some.Batch(" { \"a\" : [ 1 , { \"b\" : \" c \" } ] ,\r\n\t\"d\": { \"e\" : 2 } } ");
        Assert.Equal("""{"a":[1,{"b":" c "}],"d":{"e":2}}""", Some.Original(batch[0]));
    }

    [Theory]
    [InlineData("""{"service":"web"}""", "app", "web")]
    [InlineData("""{"service":"a","app":"b"}""", "app", "b")]
    [InlineData("""{"service":"a","app":"b"}""", "event.service", "a")]
    [InlineData("""{"host":{"name":"h"}}""", "host", "h")]
    [InlineData("""{"Computer":"DC1"}""", "host", "DC1")]
    [InlineData("""{"severity_text":"Panic"}""", "level", "fatal")]
    [InlineData("""{"level":"warning"}""", "severity", "medium")]
    [InlineData("""{"severity":"critical"}""", "level", "fatal")]
    [InlineData("""{"message":"x"}""", "level", "info")]
    [InlineData("""{"level":50}""", "level", "error")]
    [InlineData("""{"level":"3"}""", "level", "error")]
    [InlineData("""{"level":"eRRor"}""", "level", "error")]
    [InlineData("""{"level":"odd"}""", "level_raw", "odd")]
    [InlineData("""{"fields":{"user_id":"u"}}""", "user_id", "u")]
    [InlineData("""{"fields":{"user_id":"u"},"username":"v"}""", "user_id", "v")]
    [InlineData("""{"source":{"ip":"2001:DB8::1"}}""", "src_ip", "2001:db8::1")]
    [InlineData("""{"src_ip":"nope"}""", "src_ip_raw", "nope")]
    [InlineData("""{"id":"mine"}""", "event.id", "mine")]
    [InlineData("""{"a":{"b.c":{"d":5}}}""", "a.b.c.d", "5")]
    [InlineData("""{"ts":"0001-01-01T00:00:00Z"}""", "ts_original", "0001-01-01T00:00:00Z")]
    [InlineData("""{"log":"text"}""", "message", "text")]
    public void A_value_is_found_under_the_schemas_name(string json, string field, string expected)
    {
        using var batch = Some.Batch(json);
        Assert.True(batch[0].TryGet(new Field(field), out var value));
        Assert.Equal(expected, value.ToString());
    }

    [Theory]
    [InlineData("""{"ts":"2026-01-20T12:05:00Z"}""", null)]
    [InlineData("""{"ts":"2026-01-20T12:05:00.000000001Z"}""", """["clock_skew"]""")]
    [InlineData("""{"ts":"2026-03-20T12:00:00Z","x":1}""", """["clock_skew"]""")]
    [InlineData("""{"ts":"1969-01-20T12:00:00Z"}""", null)]
    [InlineData("""{"ts":"2026-01-20T12:05:00Z","tags":["a"]}""", """["a"]""")]
    [InlineData("""{"ts":"2026-01-20T12:06:00Z","tags":["a","b"]}""", """["a","b","clock_skew"]""")]
    [InlineData("""{"tags":[],"ts":"2026-01-20T12:06:00Z"}""", """["clock_skew"]""")]
    [InlineData("""{"tags":null,"ts":"2026-01-20T12:06:00Z"}""", """["clock_skew"]""")]
    [InlineData("""{"tags":"say \"a\"","ts":"2026-01-20T12:06:00Z"}""", """["say \"a\"","clock_skew"]""")]
    [InlineData("""{"tags":7,"ts":"2026-01-20T12:06:00Z"}""", """[7,"clock_skew"]""")]
    [InlineData("""{"tags":{"env":"prod"},"ts":"2026-01-20T12:06:00Z"}""", """["clock_skew"]""")]
    public void An_event_of_a_clock_that_is_ahead_is_tagged_and_given_back_as_it_was_sent(string json, string? tags)
    {
        using var batch = Some.Batch(json);
        Assert.Equal(tags, batch[0].TryGet(EventSchema.Tags, out var value) ? value.ToString() : null);
        Assert.Equal(json, Some.Original(batch[0]));
    }

    [Theory]
    [InlineData("""{"a":{"b":1},"service":"x","c":null}""", """{"a":{"b":1},"c":null}""")]
    [InlineData("""{"fields":{"user_id":"u","k":1},"k2":2}""", """{"k":1,"k2":2}""")]
    [InlineData("""{"log":{"level":"info","file":"x"}}""", """{"log":{"file":"x"}}""")]
    [InlineData("""{"message":"m","log":{"level":"info"}}""", null)]
    public void What_the_sender_added_keeps_its_nesting(string json, string? expected)
    {
        using var batch = Some.Batch(json);
        Assert.Equal(expected, Some.Additions(batch[0]));
    }

    [Theory]
    [InlineData("[1]", "an event is a JSON object")]
    [InlineData("{\"a\":1", "an object is not closed")]
    [InlineData("{\"a\" 1}", "expected a colon after a member's name")]
    [InlineData("{\"a\":1} x", "something follows the event")]
    [InlineData("{\"a\":01}", "expected a comma or } in an object")]
    [InlineData("{\"a\":\"\t\"}", "a control character in a string must be escaped")]
    [InlineData("{\"a\":\"x}", "a string is not closed")]
    public void A_refused_item_says_why(string json, string reason)
    {
        using var parser = new EventParser();
        Assert.False(parser.TryParse(Encoding.UTF8.GetBytes(json), 7));
        Assert.Equal((7, reason), (parser.Errors[0].Item, parser.Errors[0].Reason));
        Assert.Equal(0, parser.Into.Count);
    }

    [Fact]
    public void Lines_are_counted_and_bad_ones_passed_over()
    {
        using var parser = new EventParser { ReceivedAt = Some.Instant };
        var text = "{\"a\":1}\r\n\n{bad\n{\"b\":2}"u8;
        var consumed = parser.ParseLines(text, final: false);
        Assert.Equal(text.Length - 7, consumed);
        parser.ParseLines(text[consumed..], final: true);
        Assert.Equal((2, 1L, 3L), (parser.Into.Count, parser.Rejected, parser.Errors[0].Item));
    }

    [Fact]
    public void Bytes_that_are_no_UTF8_become_the_replacement_character()
    {
        using var parser = new EventParser { ReceivedAt = Some.Instant };
        Assert.True(parser.TryParse([.. "{\"message\":\"a"u8, 0xFF, .. "b\"}"u8], 0));
        using var batch = parser.Into.Seal();
        Assert.Equal("{\"message\":\"a\uFFFDb\"}", Some.Original(batch[0]));
        Assert.Equal(1, parser.Counts.Repaired);
    }

    [Fact]
    public void A_lone_surrogate_becomes_the_replacement_character_and_NUL_stays()
    {
        using var batch = Some.Batch("""{"message":"a\ud800b\u0000c\ud83d\ude00"}""");
        Assert.True(batch[0].TryGet(EventSchema.Message, out var value));
        Assert.Equal("a\uFFFDb\0c😀", value.ToString());
    }

    [Fact]
    public void A_long_value_is_cut_at_a_character_and_the_event_marked()
    {
        using var parser = new EventParser { ReceivedAt = Some.Instant };
        Assert.True(parser.TryParse(Encoding.UTF8.GetBytes($"{{\"message\":\"x{new string('é', 40_000)}\"}}"), 0));
        using var batch = parser.Into.Seal();
        Assert.True(batch[0].TryGet(EventSchema.Message, out var value));
        Assert.Equal(Limits.ValueBytes - 1, value.Text.Length);
        Assert.True(batch[0].TryGet(EventSchema.Truncated, out _));
        Assert.Equal(1, parser.Counts.ValuesCut);
    }

    [Fact]
    public void Too_many_fields_are_kept_in_raw()
    {
        var json = $"{{{string.Join(',', Enumerable.Range(0, 10_000).Select(i => $"\"f{i}\":{i}"))}}}";
        using var batch = Some.Batch(json);
        Assert.Equal(Limits.Fields, batch.Fields.Count(field => field.Name[0] == 'f'));
        Assert.Equal(json, Some.Original(batch[0]));
        Assert.True(batch[0].TryGet(EventSchema.Truncated, out _));
    }

    [Fact]
    public void Deep_nesting_is_kept_as_text()
    {
        var json = string.Concat(Enumerable.Repeat("{\"a\":", 10_000)) + "1" + new string('}', 10_000);
        using var batch = Some.Batch(json);
        Assert.Equal(json, Some.Original(batch[0]));
        Assert.True(batch[0].TryGet(EventSchema.Truncated, out _));
    }

    [Fact]
    public void An_event_beyond_the_cap_keeps_what_fits()
    {
        var json = $"{{{string.Join(',', Enumerable.Range(0, 40).Select(i => $"\"f{i}\":\"{new string('x', 60_000)}\""))}}}";
        using var batch = Some.Batch(json);
        Assert.Equal(Limits.EventBytes / 60_000, batch.Fields.Count(field => field.Name[0] == 'f'));
        Assert.True(batch[0].TryGet(EventSchema.Truncated, out _));
        Assert.False(batch[0].TryGet(EventSchema.Raw, out _));
    }

    [Fact]
    public void No_allocation_per_event_once_warm()
    {
        using var parser = new EventParser { ReceivedAt = Some.Instant };
        var line = Encoding.UTF8.GetBytes("""{"ts":"2026-01-20T06:20:00.123Z","app":"a","level":"warn","message":"m \"q\"","src_ip":"10.0.0.1","http_status":200,"latency_ms":1.5,"x":{"y":[1]}}""" + "\n");
        var text = Enumerable.Repeat(line, 5_000).SelectMany(bytes => bytes).ToArray();
        for (var i = 0; i < 3; i++)
        {
            parser.ParseLines(text, true);
            parser.Into.Seal().Dispose();
        }
        var before = GC.GetAllocatedBytesForCurrentThread();
        parser.ParseLines(text, true);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000);
        parser.Into.Clear();
    }

    [Fact]
    public void Random_events_come_back_as_they_were_sent() => Property.Holds(500, random =>
    {
        var json = new RandomEvents(random).Next();
        using var batch = Some.Batch(json);
        Assert.Equal(json, Some.Original(batch[0]));
    });

    [Fact]
    public void Random_bytes_are_refused_or_taken_and_never_throw() => Property.Holds(2_000, random =>
    {
        var json = Encoding.UTF8.GetBytes(new RandomEvents(random).Next());
        for (var i = random.Next(4); i >= 0; i--)
        {
            json[random.Next(json.Length)] = (byte)random.Next(256);
        }
        using var parser = new EventParser { ReceivedAt = Some.Instant };
        var accepted = parser.TryParse(json, 0);
        Assert.Equal(accepted ? 1 : 0, parser.Into.Count);
    });
}
