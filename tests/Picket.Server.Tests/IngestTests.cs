using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Picket.Server.Access;

namespace Picket.Server.Tests;

public sealed class IngestTests(RunningServer server)
{
    [Fact]
    public async Task Events_answers_a_result_for_each_item_in_order()
    {
        var key = await server.NewTenantAsync();
        var answer = await server.PostAsync("/v1/events", key, """
            {"events":[
              {"ts":"2026-01-20T06:20:00Z","type":"login_failed","severity":"high","src_ip":"9.9.9.9","host":"api-1","username":"bob","msg":"invalid password"},
              {"ts":"nonsense"}, 5, {"msg":"second"}]}
            """);
        Assert.Equal(200, answer.Code);
        var results = answer.Json.GetProperty("results").EnumerateArray().ToArray();
        Assert.Equal([(0, "ok"), (1, "error"), (2, "error"), (3, "ok")], results.Select(r => (r.GetProperty("index").GetInt32(), r.GetProperty("status").GetString()!)));
        Assert.Contains("time", results[1].GetProperty("error").GetString()!, StringComparison.Ordinal);
        var found = (await server.GetAsync($"/events/{results[0].GetProperty("id").GetString()}", key)).Json;
        Assert.Equal("login_failed", found.GetProperty("event_type").GetString());
        Assert.Equal("bob", found.GetProperty("user_id").GetString());
        Assert.Equal("ERROR", found.GetProperty("level").GetString());
        Assert.StartsWith("{\"ts\":\"2026-01-20T06:20:00Z\",\"type\":\"login_failed\"", found.GetProperty("raw_json").GetString(), StringComparison.Ordinal);
        Assert.Equal("{}", found.GetProperty("data_json").GetString());
        Assert.Equal("second", (await server.GetAsync($"/events/{results[3].GetProperty("id").GetString()}", key)).Json.GetProperty("message").GetString());
    }

    [Fact]
    public async Task Logs_rejects_the_items_that_are_wrong_and_keeps_the_rest()
    {
        var key = await server.NewTenantAsync();
        var answer = await server.PostAsync("/v1/ingest/logs", key, $$$"""
            {"events":[
              {"service":"web","level":"error","message":"connection timeout"},
              {"level":"info","message":"no service"},
              {"service":"web","level":"info"},
              {"service":"web","message":"{{{new string('x', 65_537)}}}"},
              {"service":"web","message":"many","fields":{ {{{string.Join(',', Enumerable.Range(0, 101).Select(i => $"\"f{i}\":1"))}}} } },
              {"service":"api","level":"info","message":"user logged in","fields":{"user_id":"u123","plan":{"name":"pro"}},"tags":["a","b"]}]}
            """);
        Assert.Equal(202, answer.Code);
        Assert.Equal((2, 4), (answer.Json.GetProperty("accepted").GetInt32(), answer.Json.GetProperty("rejected").GetInt32()));
        Assert.Equal([1, 2, 3, 4], answer.Json.GetProperty("errors").EnumerateArray().Select(e => e.GetProperty("index").GetInt32()));
        var second = (await server.AllAsync(key))[1];
        Assert.Equal(("u123", "api", "api"), (second.GetProperty("user_id").GetString(), second.GetProperty("app").GetString(), second.GetProperty("service").GetString()));
        Assert.Equal("""{"plan":{"name":"pro"}}""", second.GetProperty("fields").GetRawText());
        Assert.Equal("""["a","b"]""", second.GetProperty("tags").GetRawText());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1_001)]
    public async Task Logs_takes_1_to_1000_events(int count)
    {
        var key = await server.NewTenantAsync();
        var items = string.Join(',', Enumerable.Repeat("""{"service":"a","message":"m"}""", count));
        (await server.PostAsync("/v1/ingest/logs", key, $"{{\"events\":[{items}]}}")).IsError(400, "invalid_request");
        Assert.Empty(await server.AllAsync(key));
    }

    [Fact]
    public async Task Lines_are_stored_and_errors_name_their_line()
    {
        var key = await server.NewTenantAsync();
        var answer = await server.PostAsync("/v1/ingest/jsonl", key, "{\"a\":1}\n\n{oops\n{\"a\":2}\r\n{\"ts\":\"x\"}\n{\"a\":3}");
        Assert.Equal(200, answer.Code);
        Assert.Equal((3, 2), (answer.Json.GetProperty("accepted").GetInt32(), answer.Json.GetProperty("rejected").GetInt32()));
        Assert.Equal([3, 5], answer.Json.GetProperty("errors").EnumerateArray().Select(e => e.GetProperty("line").GetInt32()));
        Assert.Equal([1, 2, 3], (await server.AllAsync(key)).Select(hit => hit.GetProperty("fields").GetProperty("a").GetInt32()));
    }

    [Fact]
    public async Task A_body_that_is_an_array_is_taken_as_lines_are()
    {
        var key = await server.NewTenantAsync();
        var answer = await server.PostAsync("/v1/ingest/jsonl", key, " [\n{\"a\":1},\n5,\n{\"a\":2}]\n");
        Assert.Equal((2, 1), (answer.Json.GetProperty("accepted").GetInt32(), answer.Json.GetProperty("rejected").GetInt32()));
        Assert.Equal(3, answer.Json.GetProperty("errors")[0].GetProperty("line").GetInt32());
    }

    [Fact]
    public async Task A_log_answers_201_with_its_id_and_time()
    {
        var key = await server.NewTenantAsync();
        var answer = await server.PostAsync("/api/v1/logs/ingest", key, """{"timestamp":"2026-01-29T12:00:00Z","severity":"HIGH","source":"192.168.1.100","message":"Failed login attempt detected"}""");
        Assert.Equal(201, answer.Code);
        Assert.Equal(("ingested", "2026-01-29T12:00:00Z"), (answer.Json.GetProperty("status").GetString(), answer.Json.GetProperty("timestamp").GetString()));
        Assert.Equal(200, (await server.GetAsync($"/events/{answer.Json.GetProperty("id").GetString()}", key)).Code);
    }

    [Theory]
    [InlineData("""{"severity":"HIGH","source":"a"}""")]
    [InlineData("""{"severity":"URGENT","source":"a","message":"m"}""")]
    [InlineData("""{"severity":"HIGH","source":"","message":"m"}""")]
    [InlineData("""{"severity":5,"source":"a","message":"m"}""")]
    [InlineData("""{"severity":"HIGH","source":"a","message":"m","timestamp":"yesterday"}""")]
    [InlineData("""[]""")]
    public async Task A_log_that_is_not_valid_is_422(string body)
    {
        var key = await server.NewTenantAsync();
        (await server.PostAsync("/api/v1/logs/ingest", key, body)).IsError(422, "validation_failed");
        var batch = await server.PostAsync("/api/v1/logs/ingest/batch", key, $$"""{"logs":[{"severity":"LOW","source":"a","message":"good"},{{body}}]}""");
        batch.IsError(422, "validation_failed");
        Assert.Equal((1, 1), (batch.Json.GetProperty("details").GetProperty("index").GetInt32(), batch.Json.GetProperty("details").GetProperty("log_index").GetInt32()));
        Assert.Empty(await server.AllAsync(key));
    }

    [Fact]
    public async Task A_batch_of_logs_is_stored_whole()
    {
        var key = await server.NewTenantAsync();
        var answer = await server.PostAsync("/api/v1/logs/ingest/batch", key, """{"logs":[{"severity":"CRITICAL","source":"firewall-01","message":"Port scan"},{"severity":"high","source":"web","message":"SQL"}]}""");
        Assert.Equal((202, """{"accepted":2,"rejected":0,"errors":[]}"""), (answer.Code, answer.Text));
        (await server.PostAsync("/api/v1/logs/ingest/batch", key, """{"logs":[]}""")).IsError(400, "invalid_request");
    }

    [Theory]
    [InlineData("/v1/events")]
    [InlineData("/v1/ingest/logs")]
    [InlineData("/api/v1/logs/ingest")]
    [InlineData("/api/v1/logs/ingest/batch")]
    public async Task A_body_that_is_no_JSON_is_400_and_says_where(string path)
    {
        var key = await server.NewTenantAsync();
        foreach (var body in (string[])["not json", "{\"events\":[{\"a\":1}", "", "{\"events\":[]} x", "\n{\"logs\": [01]}"])
        {
            var answer = await server.PostAsync(path, key, body);
            answer.IsError(400, "invalid_request");
            Assert.Contains("line", answer.Json.GetProperty("detail").GetString()!, StringComparison.Ordinal);
        }
        Assert.Empty(await server.AllAsync(key));
    }

    [Fact]
    public async Task A_repeat_under_a_key_answers_the_same_and_stores_nothing_and_another_body_is_409()
    {
        foreach (var (path, body, other) in new[]
        {
            ("/v1/events", """{"events":[{"msg":"a"}]}""", """{"events":[{"msg":"b"}]}"""),
            ("/v1/ingest/logs", """{"events":[{"service":"s","message":"a"}]}""", """{"events":[{"service":"s","message":"b"}]}"""),
            ("/v1/ingest/jsonl", "{\"msg\":\"a\"}\n", "{\"msg\":\"b\"}\n"),
            ("/api/v1/logs/ingest", """{"severity":"LOW","source":"s","message":"a"}""", """{"severity":"LOW","source":"s","message":"b"}"""),
            ("/api/v1/logs/ingest/batch", """{"logs":[{"severity":"LOW","source":"s","message":"a"}]}""", """{"logs":[{"severity":"LOW","source":"s","message":"b"}]}"""),
        })
        {
            var key = await server.NewTenantAsync();
            var first = await server.PostAsync(path, key, body, ("Idempotency-Key", "k1"));
            Assert.InRange(first.Code, 200, 202);
            var again = await server.PostAsync(path, key, body, ("Idempotency-Key", "k1"));
            Assert.Equal((first.Code, first.Text), (again.Code, again.Text));
            (await server.PostAsync(path, key, other, ("Idempotency-Key", "k1"))).IsError(409, "conflict");
            Assert.Single(await server.AllAsync(key));
        }
    }

    [Fact]
    public async Task A_long_stream_cut_off_goes_on_where_it_broke()
    {
        var key = await server.NewTenantAsync();
        var lines = string.Concat(Enumerable.Range(0, 60_000).Select(i => $"{{\"message\":\"event {i}\",\"padding\":\"{new string('p', 100)}\"}}\n"));
        // The first try is cut in its second chunk: what came before stays.
        var first = await server.PostAsync("/v1/ingest/jsonl", key, lines[..5_000_000] + "\n", ("Idempotency-Key", "long"));
        Assert.Equal(200, first.Code);
        (await server.PostAsync("/v1/ingest/jsonl", key, lines, ("Idempotency-Key", "long"))).IsError(409, "conflict");
        var other = await server.PostAsync("/v1/ingest/jsonl", key, lines, ("Idempotency-Key", "whole"));
        Assert.Equal(60_000, other.Json.GetProperty("accepted").GetInt32());
        var again = await server.PostAsync("/v1/ingest/jsonl", key, lines, ("Idempotency-Key", "whole"));
        Assert.Equal(other.Text, again.Text);
        var total = (await server.PostAsync("/v1/logs/search", key, """{"track_total":true,"query":"\"event 59999\""}""")).Json.GetProperty("total").GetInt64();
        Assert.Equal(1, total);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public async Task Compressed_bodies_are_read(string encoding)
    {
        var key = await server.NewTenantAsync();
        foreach (var (path, text) in new[] { ("/v1/ingest/jsonl", "{\"a\":1}\n"), ("/v1/events", """{"events":[{"a":1}]}""") })
        {
            var answer = await server.SendAsync("POST", path, key, Compress(encoding, Encoding.UTF8.GetBytes(text)), ("Content-Encoding", encoding));
            Assert.True(answer.Code == 200, answer.Text);
            var damaged = Compress(encoding, Encoding.UTF8.GetBytes(text));
            var bytes = await damaged.ReadAsByteArrayAsync();
            bytes.AsSpan().Fill(0xFF);
            (await server.SendAsync("POST", path, key, new ByteArrayContent(bytes), ("Content-Encoding", encoding))).IsError(400, "invalid_request");
        }
        Assert.Equal(2, (await server.AllAsync(key)).Length);
    }

    [Fact]
    public async Task A_Zstandard_body_is_read_and_a_damaged_one_refused()
    {
        Assert.SkipUnless(System.Runtime.InteropServices.NativeLibrary.TryLoad("libzstd.so.1", out _), "libzstd.so.1 is not on this system");
        var key = await server.NewTenantAsync();
        // One frame of one raw block, written by hand (RFC 8878): magic, descriptor (single segment, one byte of size), size, block header, content.
        var text = "{\"a\":1}\n{\"a\":2}\n"u8.ToArray();
        byte[] frame = [0x28, 0xB5, 0x2F, 0xFD, 0x20, (byte)text.Length, (byte)(text.Length << 3 | 1), (byte)(text.Length >> 5), 0, .. text];
        var answer = await server.SendAsync("POST", "/v1/ingest/jsonl", key, new ByteArrayContent(frame), ("Content-Encoding", "zstd"));
        Assert.Equal((200, 2), (answer.Code, answer.Json.GetProperty("accepted").GetInt32()));
        (await server.SendAsync("POST", "/v1/ingest/jsonl", key, new ByteArrayContent(frame[..^4]), ("Content-Encoding", "zstd"))).IsError(400, "invalid_request");
        (await server.SendAsync("POST", "/v1/ingest/jsonl", key, new ByteArrayContent([1, .. frame]), ("Content-Encoding", "zstd"))).IsError(400, "invalid_request");
    }

    [Fact]
    public async Task An_unknown_compression_is_415()
    {
        var key = await server.NewTenantAsync();
        (await server.PostAsync("/v1/events", key, "{}", ("Content-Encoding", "lzma"))).IsError(415, "invalid_request");
    }

    [Fact]
    public async Task A_gzip_bomb_is_413_where_bodies_are_whole_and_one_refused_line_where_they_are_lines()
    {
        var key = await server.NewTenantAsync();
        var bomb = Compress("gzip", new byte[200 * 1024 * 1024].AsSpan().ToArray());
        (await server.SendAsync("POST", "/v1/events", key, bomb, ("Content-Encoding", "gzip"))).IsError(413, "payload_too_large");
        bomb = Compress("gzip", new byte[200 * 1024 * 1024]);
        var answer = await server.SendAsync("POST", "/v1/ingest/jsonl", key, bomb, ("Content-Encoding", "gzip"));
        Assert.Equal((200, 1), (answer.Code, answer.Json.GetProperty("rejected").GetInt32()));
    }

    [Fact]
    public async Task A_body_of_33_MiB_is_413_and_lines_of_it_are_not()
    {
        var key = await server.NewTenantAsync();
        var item = $"{{\"msg\":\"{new string('x', 1_000)}\"}}";
        var items = string.Join(",\n", Enumerable.Repeat(item, 33 * 1_024));
        // A client that sends all of it before it listens gets the answer too, and so does one without a key.
        (await server.PostAsync("/v1/events", key, $"{{\"events\":[{items}]}}")).IsError(413, "payload_too_large");
        (await server.PostAsync("/v1/events", key, $"{{\"events\":[{items}]}}", ("Expect", "100-continue"))).IsError(413, "payload_too_large");
        (await server.PostAsync("/v1/events", null, $"{{\"events\":[{items}]}}")).IsError(401, "unauthorized");
        var answer = await server.PostAsync("/v1/ingest/jsonl", key, items.Replace("},", "}", StringComparison.Ordinal));
        Assert.Equal(33 * 1_024, answer.Json.GetProperty("accepted").GetInt32());
    }

    [Theory]
    [InlineData("2 MiB", 200)]
    [InlineData("10,000 fields", 200)]
    [InlineData("nesting 10,000", 200)]
    public async Task An_event_past_a_cap_is_kept_in_part_and_marked(string kind, int status)
    {
        var key = await server.NewTenantAsync();
        var json = kind switch
        {
            "2 MiB" => $"{{\"message\":\"{new string('x', 2 << 20)}\"}}",
            "10,000 fields" => $"{{{string.Join(',', Enumerable.Range(0, 10_000).Select(i => $"\"f{i}\":{i}"))}}}",
            _ => string.Concat(Enumerable.Repeat("{\"a\":", 10_000)) + "1" + new string('}', 10_000),
        };
        var answer = await server.PostAsync("/v1/ingest/jsonl", key, json);
        Assert.Equal((status, 1), (answer.Code, answer.Json.GetProperty("accepted").GetInt32()));
        var hit = Assert.Single(await server.AllAsync(key));
        Assert.True(hit.GetProperty("truncated").GetBoolean());
        var whole = (await server.GetAsync($"/events/{hit.GetProperty("id").GetString()}", key)).Json;
        Assert.Equal(kind != "2 MiB", whole.GetProperty("raw_json").GetString() == json);
    }

    [Fact]
    public async Task Odd_times_are_kept_moved_or_refused()
    {
        var key = await server.NewTenantAsync();
        var lines = string.Join('\n', ((string[])["\"0001-01-01T00:00:00Z\"", "\"9999-12-31T23:59:59Z\"", "\"2026-01-20T06:20:00\"", "1768890000", "1768890000000", "1768890000000000", "1768890000000000000", "null", "\"\"", "true", "[]"]).Select(ts => $"{{\"ts\":{ts}}}"));
        var answer = await server.PostAsync("/v1/ingest/jsonl", key, lines);
        Assert.Equal([9, 10, 11], answer.Json.GetProperty("errors").EnumerateArray().Select(e => e.GetProperty("line").GetInt32()));
        var hits = await server.AllAsync(key);
        Assert.Equal(5, hits.Count(hit => hit.GetProperty("ts").GetString() == "2026-01-20T06:20:00Z"));
        Assert.Equal(2, hits.Count(hit => hit.TryGetProperty("ts_original", out var original) && original.ValueKind == JsonValueKind.String && hit.GetProperty("ts").GetString() == hit.GetProperty("received_at").GetString()));
    }

    [Fact]
    public async Task What_a_clock_says_that_is_ahead_is_tagged_found_by_it_and_given_back_as_it_was_sent()
    {
        var key = await server.NewTenantAsync();
        var ahead = $$"""{"tags":["vpn"],"ts":"{{TimeProvider.System.GetUtcNow().AddHours(1):O}}"}""";
        await server.PostAsync("/v1/ingest/jsonl", key, ahead + "\n{\"tags\":[\"vpn\"]}");
        var hit = Assert.Single(await server.AllAsync(key), hit => hit.GetProperty("tags").GetArrayLength() == 2);
        Assert.Equal(["vpn", "clock_skew"], hit.GetProperty("tags").EnumerateArray().Select(tag => tag.GetString()));
        Assert.Equal(ahead, (await server.GetAsync($"/events/{hit.GetProperty("id").GetString()}", key)).Json.GetProperty("raw_json").GetString());
        Assert.Single((await server.PostAsync("/v1/logs/search", key, """{"query":"tags:clock_skew"}""")).Json.GetProperty("hits").EnumerateArray());
    }

    [Theory]
    [InlineData("/v1/events")]
    [InlineData("/v1/ingest/logs")]
    [InlineData("/v1/ingest/jsonl")]
    [InlineData("/api/v1/logs/ingest")]
    [InlineData("/api/v1/logs/ingest/batch")]
    public async Task Ingest_needs_its_scope(string path)
    {
        (await server.PostAsync(path, null, "{}")).IsError(401, "unauthorized");
        (await server.PostAsync(path, "wrong", "{}")).IsError(401, "unauthorized");
        var answer = await server.PostAsync(path, await server.NewTenantAsync(Scope.SearchLogs), "{}");
        answer.IsError(403, "insufficient_scope");
        Assert.Contains(Scope.IngestLogs, answer.Text, StringComparison.Ordinal);
    }

    private static ByteArrayContent Compress(string encoding, byte[] bytes)
    {
        using var into = new MemoryStream();
        using (Stream stream = encoding switch
        {
            "gzip" => new GZipStream(into, CompressionLevel.Fastest),
            "deflate" => new ZLibStream(into, CompressionLevel.Fastest),
            _ => new BrotliStream(into, CompressionLevel.Fastest),
        })
        {
            stream.Write(bytes);
        }
        return new ByteArrayContent(into.ToArray());
    }
}
