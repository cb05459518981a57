using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Picket.Events;
using Picket.Server.Access;

namespace Picket.Server.Tests;

public sealed class RuleTests(RunningServer server)
{
    private const string Rules = "/v1/alerts/rules";

    [Fact]
    public async Task A_rule_matches_what_comes_after_it_and_its_matches_are_shown()
    {
        var key = await server.NewTenantAsync();
        Assert.Equal(201, (await server.PostAsync(Rules, key, """{"id":"seen","name":"seen","query":"before"}""")).Code);
        await IngestAsync(server, key, """{"app":"pay","message":"card declined before"}""");
        await MatchesAsync(server, key, "seen", 1);
        var made = await server.PostAsync(Rules, key, """{"name":"Card declined!","query":"app:pay declined","severity":"high","tags":["pci"]}""");
        Assert.Equal((201, "/v1/alerts/rules/card-declined"), (made.Code, made.Headers["Location"]));
        Assert.Equal(("card-declined", "Card declined!", "app:pay declined", "high", "picket", 1), (
            made.Json.GetProperty("id").GetString(), made.Json.GetProperty("name").GetString(), made.Json.GetProperty("query").GetString(),
            made.Json.GetProperty("severity").GetString(), made.Json.GetProperty("format").GetString(), made.Json.GetProperty("version").GetInt32()));
        await IngestAsync(server, key, """{"app":"pay","message":"card declined first"}""", """{"app":"pay","message":"card taken"}""", """{"app":"shop","message":"declined"}""");
        await MatchesAsync(server, key, "card-declined", 1);
        var changed = await server.SendAsync("PUT", $"{Rules}/card-declined", key, Text("""{"query":"app:shop declined"}"""));
        Assert.Equal((200, 2, "high"), (changed.Code, changed.Json.GetProperty("version").GetInt32(), changed.Json.GetProperty("severity").GetString()));
        await IngestAsync(server, key, """{"app":"pay","message":"card declined again"}""", """{"app":"shop","message":"declined by shop"}""");
        var matches = await MatchesAsync(server, key, "card-declined", 2);
        Assert.Equal(["declined by shop", "card declined first"], matches.GetProperty("matches").EnumerateArray().Select(match => match.GetProperty("event").GetProperty("message").GetString()));
        Assert.Equal([2, 1], matches.GetProperty("matches").EnumerateArray().Select(match => match.GetProperty("rule_version").GetInt32()));
        var first = matches.GetProperty("matches")[0].GetProperty("event_id").GetString();
        Assert.Equal(200, (await server.GetAsync($"/events/{first}", key)).Code);
        var page = (await server.GetAsync($"{Rules}/card-declined/matches?limit=1", key)).Json;
        Assert.Equal("declined by shop", page.GetProperty("matches")[0].GetProperty("event").GetProperty("message").GetString());
        var next = (await server.GetAsync($"{Rules}/card-declined/matches?limit=1&cursor={page.GetProperty("next_cursor").GetString()}", key)).Json;
        Assert.Equal(("card declined first", JsonValueKind.Null), (next.GetProperty("matches")[0].GetProperty("event").GetProperty("message").GetString(), next.GetProperty("next_cursor").ValueKind));
        var one = (await server.GetAsync($"{Rules}/card-declined", key)).Json;
        Assert.Equal((2, "firing", 0), (one.GetProperty("matches").GetInt32(), one.GetProperty("state").GetString(), one.GetProperty("fields_never_seen").GetArrayLength()));
        // Each version holds behind a position of the log, one after the other.
        var after = one.GetProperty("versions").EnumerateArray().Select(version => LogPosition.Parse(version.GetProperty("holds_after").GetString()!, null)).ToArray();
        Assert.True(after is [var v1, var v2] && v1.CompareTo(v2) < 0, one.ToString());
        // What it takes is counted from the last change of any rule, which may be another tenant's at this moment.
        for (var tries = 1; one.GetProperty("cost").GetProperty("candidates").GetInt64() == 0; tries++)
        {
            Assert.True(tries < 100, one.ToString());
            await IngestAsync(server, key, """{"app":"shop","message":"declined by shop"}""");
            await MatchesAsync(server, key, "card-declined", 2 + tries);
            one = (await server.GetAsync($"{Rules}/card-declined", key)).Json;
        }
    }

    [Fact]
    public async Task A_rule_names_its_fields_that_no_event_has()
    {
        var key = await server.NewTenantAsync();
        await IngestAsync(server, key, """{"app":"a","message":"m"}""");
        var made = await server.PostAsync(Rules, key, """{"name":"odd","query":{"app":"a","usr":["x","y"],"ip.addr":1}}""");
        Assert.Equal(["ip.addr", "usr"], made.Json.GetProperty("fields_never_seen").EnumerateArray().Select(field => field.GetString()));
    }

    [Fact]
    public async Task Tenants_see_neither_each_others_rules_nor_matches()
    {
        var (one, other) = (await server.NewTenantAsync(), await server.NewTenantAsync());
        Assert.Equal(201, (await server.PostAsync(Rules, one, """{"id":"mine","name":"mine","query":"secret"}""")).Code);
        Assert.Equal(201, (await server.PostAsync(Rules, other, """{"id":"theirs","name":"theirs","query":"secret"}""")).Code);
        await IngestAsync(server, other, """{"message":"a secret"}""");
        await MatchesAsync(server, other, "theirs", 1);
        Assert.Equal(0, (await server.GetAsync($"{Rules}/mine/matches", one)).Json.GetProperty("total").GetInt32());
        (await server.GetAsync($"{Rules}/mine", other)).IsError(404, "not_found");
        (await server.GetAsync($"{Rules}/mine/matches", other)).IsError(404, "not_found");
        (await server.SendAsync("PUT", $"{Rules}/mine", other, Text("""{"is_active":false}"""))).IsError(404, "not_found");
        (await server.SendAsync("DELETE", $"{Rules}/mine", other, null)).IsError(404, "not_found");
        Assert.DoesNotContain("\"mine\"", (await server.GetAsync(Rules, other)).Text, StringComparison.Ordinal);
        Assert.Equal(1, (await ImportAsync(other, "?sync=true", Encoding.UTF8.GetBytes("title: new\nid: mine\nquery: x\n"))).Json.GetProperty("removed").GetInt32());
        Assert.Equal("secret", (await server.GetAsync($"{Rules}/mine", one)).Json.GetProperty("query").GetString());
    }

    [Fact]
    public async Task A_rule_of_the_pack_runs_until_it_is_turned_off()
    {
        var key = await server.NewTenantAsync();
        const string Id = "root_login_ssh";
        const string Login = """{"app":"sshd","message":"Accepted password for root from 203.0.113.7 port 22 ssh2"}""";
        await IngestAsync(server, key, Login);
        await MatchesAsync(server, key, Id, 1);
        var listed = (await server.GetAsync(Rules, key)).Json.EnumerateArray().Single(rule => rule.GetProperty("id").GetString() == Id);
        Assert.Equal((true, true, "firing"), (listed.GetProperty("built_in").GetBoolean(), listed.GetProperty("is_active").GetBoolean(), listed.GetProperty("state").GetString()));
        (await server.SendAsync("DELETE", $"{Rules}/{Id}", key, null)).IsError(409, "conflict");
        (await server.SendAsync("PUT", $"{Rules}/{Id}", key, Text("""{"query":"x"}"""))).IsError(400, "invalid_request");
        var off = await server.SendAsync("PUT", $"{Rules}/{Id}", key, Text("""{"is_active":false}"""));
        Assert.Equal("off", off.Json.GetProperty("state").GetString());
        Assert.Equal(201, (await server.PostAsync(Rules, key, """{"id":"after","name":"after","query":"port"}""")).Code);
        await IngestAsync(server, key, Login);
        await MatchesAsync(server, key, "after", 1);
        Assert.Equal(1, (await server.GetAsync($"{Rules}/{Id}/matches", key)).Json.GetProperty("total").GetInt32());
        await server.SendAsync("PUT", $"{Rules}/{Id}", key, Text("""{"is_active":true}"""));
        await IngestAsync(server, key, Login);
        await MatchesAsync(server, key, Id, 2);
    }

    [Fact]
    public async Task A_deleted_rule_stops_and_its_id_may_be_used_again()
    {
        var key = await server.NewTenantAsync();
        Assert.Equal(201, (await server.PostAsync(Rules, key, """{"id":"gone","name":"gone","query":"word"}""")).Code);
        (await server.PostAsync(Rules, key, """{"id":"gone","name":"twice","query":"word"}""")).IsError(409, "conflict");
        Assert.Equal(204, (await server.SendAsync("DELETE", $"{Rules}/gone", key, null)).Code);
        (await server.GetAsync($"{Rules}/gone", key)).IsError(404, "not_found");
        var again = await server.PostAsync(Rules, key, """{"id":"gone","name":"again","query":"word"}""");
        Assert.Equal((201, 3), (again.Code, again.Json.GetProperty("version").GetInt32()));
    }

    [Fact]
    public async Task Files_are_taken_in_and_synchronised_all_or_nothing()
    {
        var key = await server.NewTenantAsync();
        const string Good = "title: good\nid: good\nquery: word\n";
        const string Sigma = "title: whoami\nid: whoami\nlogsource: {product: windows}\ndetection: {a: {CommandLine|contains: whoami}, condition: a}\n---\ntitle: second\nid: second\nquery: other\n";
        const string Bad = "title: bad\nid: bad\nlogsource: {product: windows}\ndetection:\n  a: {CommandLine|contians: x}\n  condition: a\n";
        var dry = await ImportAsync(key, "?dry_run=true", Zip(("a/good.yml", Good), ("sigma.yaml", Sigma), ("good.test.yml", "rule: good"), ("README.md", "#")));
        Assert.Equal((200, false, 3, 3), (dry.Code, dry.Json.GetProperty("applied").GetBoolean(), dry.Json.GetProperty("loaded").GetInt32(), dry.Json.GetProperty("added").GetInt32()));
        (await server.GetAsync($"{Rules}/good", key)).IsError(404, "not_found");
        var part = await ImportAsync(key, "", Zip(("good.yml", Good), ("bad.yml", Bad), ("same.yml", Good)));
        Assert.Equal((200, true, 1), (part.Code, part.Json.GetProperty("applied").GetBoolean(), part.Json.GetProperty("added").GetInt32()));
        Assert.Equal([("bad.yml", 5), ("same.yml", 1)], part.Json.GetProperty("refused").EnumerateArray().Select(refused => (refused.GetProperty("file").GetString(), refused.GetProperty("line").GetInt32())).Order());
        Assert.Contains("contains", part.Json.GetProperty("refused")[0].GetProperty("reason").GetString(), StringComparison.Ordinal);
        var refused = await ImportAsync(key, "?sync=true", Zip(("sigma.yml", Sigma), ("bad.yml", Bad)));
        Assert.Equal((422, false), (refused.Code, refused.Json.GetProperty("applied").GetBoolean()));
        Assert.Equal(200, (await server.GetAsync($"{Rules}/good", key)).Code);
        var synced = await ImportAsync(key, "?sync=true", TarGz(("rules/sigma.yml", Sigma)));
        Assert.Equal((200, 2, 1), (synced.Code, synced.Json.GetProperty("added").GetInt32(), synced.Json.GetProperty("removed").GetInt32()));
        (await server.GetAsync($"{Rules}/good", key)).IsError(404, "not_found");
        Assert.Equal("sigma", (await server.GetAsync($"{Rules}/whoami", key)).Json.GetProperty("format").GetString());
        var again = await ImportAsync(key, "?sync=true", Encoding.UTF8.GetBytes(Sigma));
        Assert.Equal((0, 2), (again.Json.GetProperty("changes").GetArrayLength(), again.Json.GetProperty("unchanged").GetInt32()));
        var edited = await ImportAsync(key, "", Encoding.UTF8.GetBytes(Sigma.Replace("whoami}", "hostname}", StringComparison.Ordinal)));
        Assert.Equal(("whoami", "changed"), (edited.Json.GetProperty("changes")[0].GetProperty("id").GetString(), edited.Json.GetProperty("changes")[0].GetProperty("change").GetString()));
        await IngestAsync(server, key, """{"Channel":"Security","EventID":4688,"CommandLine":"HOSTNAME.exe"}""");
        await MatchesAsync(server, key, "whoami", 1);
    }

    [Theory]
    [InlineData("", "invalid_request")]
    [InlineData("[]", "validation_failed")]
    [InlineData("{\"name\":\"x\"}", "validation_failed")]
    [InlineData("{\"name\":\"x\",\"query\":\"level:\"}", "validation_failed")]
    [InlineData("{\"name\":\"x\",\"query\":\"* | count\"}", "validation_failed")]
    [InlineData("{\"name\":\"x\",\"query\":\"last:1h error\"}", "validation_failed")]
    [InlineData("{\"name\":\"x\",\"query\":{}}", "validation_failed")]
    [InlineData("{\"name\":\"x\",\"query\":\"a\",\"threshold\":-5}", "validation_failed")]
    [InlineData("title: x\ncorrelation: {type: event_count, rules: [nowhere], timespan: 5m, condition: {gte: 3}}", "validation_failed")]
    [InlineData("{\"name\":\"x\",\"query\":\"a\",\"severty\":\"high\"}", "validation_failed")]
    [InlineData("{\"name\":\"x\",\"query\":\"a\",\"severity\":\"worst\"}", "validation_failed")]
    [InlineData("{\"name\":\"x\",\"query\":\"a\",\"is_active\":\"maybe\"}", "validation_failed")]
    [InlineData("{\"id\":\"a/b\",\"name\":\"x\",\"query\":\"a\"}", "validation_failed")]
    [InlineData("{\"name\":\"???\",\"query\":\"a\"}", "invalid_request")]
    [InlineData("title: a\nquery: b\n---\ntitle: c\nquery: d\n", "invalid_request")]
    [InlineData("title: a\nquery: *x\n", "validation_failed")]
    public async Task What_is_no_rule_is_refused_with_the_reason(string body, string error)
    {
        var answer = (await server.PostAsync(Rules, await server.NewTenantAsync(), body)).IsError(400, error);
        Assert.True(answer.Json.GetProperty("message").GetString()!.Length > 15, answer.Text);
    }

    [Fact]
    public async Task Reading_and_changing_rules_need_their_scopes()
    {
        var (reads, writes) = (await server.NewTenantAsync(Scope.AlertsRead), await server.NewTenantAsync(Scope.AlertsWrite));
        Assert.Equal(200, (await server.GetAsync(Rules, reads)).Code);
        (await server.GetAsync(Rules, writes)).IsError(403, "insufficient_scope");
        (await server.PostAsync(Rules, reads, """{"name":"x","query":"a"}""")).IsError(403, "insufficient_scope");
        (await server.PostAsync($"{Rules}/import", reads, "")).IsError(403, "insufficient_scope");
        (await server.SendAsync("DELETE", $"{Rules}/x", reads, null)).IsError(403, "insufficient_scope");
        (await server.GetAsync($"{Rules}?limit=0", reads)).IsError(400, "invalid_parameter");
        (await server.GetAsync($"{Rules}/root_login_ssh/matches?cursor=x", reads)).IsError(400, "invalid_parameter");
        (await ImportAsync(writes, "?sync=maybe", [])).IsError(400, "invalid_parameter");
        (await ImportAsync(writes, "", [(byte)'P', (byte)'K', 3, 4, 0])).IsError(400, "invalid_request");
        (await ImportAsync(writes, "", [0x1F, 0x8B, 1, 2, 3])).IsError(400, "invalid_request");
        // Small as it comes, too large as it is.
        (await ImportAsync(writes, "", Zip(("a.yml", new string(' ', 30 * 1024 * 1024)), ("b.yml", new string(' ', 30 * 1024 * 1024))))).IsError(413, "payload_too_large");
    }

    [Fact]
    public async Task Rules_come_in_pages()
    {
        var key = await server.NewTenantAsync();
        var all = (await server.GetAsync(Rules, key)).Json.EnumerateArray().Select(rule => rule.GetProperty("id").GetString()).ToArray();
        var (paged, cursor) = (new List<string?>(), "");
        do
        {
            var page = await server.GetAsync($"{Rules}?limit=3&cursor={cursor}", key);
            paged.AddRange(page.Json.EnumerateArray().Select(rule => rule.GetProperty("id").GetString()));
            cursor = page.Headers.GetValueOrDefault("X-Next-Cursor");
        }
        while (cursor is not null);
        Assert.True(all.Length >= 7);
        Assert.Equal(all, paged);
    }

    [Fact]
    public async Task What_was_matched_is_neither_lost_nor_doubled_by_a_restart()
    {
        var folder = Directory.CreateTempSubdirectory("picket-test-").FullName;
        for (var life = 1; life <= 3; life++)
        {
            await using var picket = await RunningServer.StartAsync(folder, ("bootstrap_key", RunningServer.Admin));
            using var http = new HttpClient { BaseAddress = new Uri(picket.Urls.First()) };
            http.DefaultRequestHeaders.Add("X-API-Key", RunningServer.Admin);
            if (life == 1)
            {
                Assert.True((await http.PostAsync(new Uri(Rules, UriKind.Relative), Text("""{"id":"r","name":"r","query":"word"}"""))).IsSuccessStatusCode);
            }
            Assert.True((await http.PostAsync(new Uri("/v1/ingest/jsonl", UriKind.Relative), Text("{\"message\":\"a word\"}\n{\"message\":\"none\"}\n{\"message\":\"word again\"}"))).IsSuccessStatusCode);
            await UntilAsync(async () => JsonDocument.Parse(await http.GetStringAsync(new Uri($"{Rules}/r/matches", UriKind.Relative))).RootElement, answer => answer.GetProperty("behind").GetInt64() == 0
                ? answer.GetProperty("total").GetInt64() == 2 * life && answer.GetProperty("matches").GetArrayLength() == 2 * life : null);
        }
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_rule_that_takes_too_long_is_set_aside_and_says_so_until_it_is_changed()
    {
        var key = await server.NewTenantAsync();
        Assert.Equal(201, (await server.PostAsync(Rules, key, "title: goes back without end\nid: endless\nlogsource: {product: windows}\ndetection:\n  a:\n    text|re: '^(a+)+$(?<!b)'\n  condition: a\n")).Code);
        Assert.Equal(201, (await server.PostAsync(Rules, key, """{"id":"other","name":"other","query":"text:*"}""")).Code);
        var endless = $"{{\"text\":\"{new string('a', 3_000)}!\"}}";
        await IngestAsync(server, key, endless, endless, endless, endless, endless);
        await MatchesAsync(server, key, "other", 5);
        var one = (await server.GetAsync($"{Rules}/endless", key)).Json;
        Assert.Equal(("set_aside", "it took longer than 50 ms for an event", 0), (one.GetProperty("state").GetString(), one.GetProperty("reason").GetString(), one.GetProperty("matches").GetInt32()));
        Assert.Contains("\npicket_detection_rules_set_aside ", (await server.GetAsync("/metrics", null)).Text, StringComparison.Ordinal);
        // Not by another rule's change.
        Assert.Equal(201, (await server.PostAsync(Rules, key, """{"id":"third","name":"third","query":"text:*"}""")).Code);
        await IngestAsync(server, key, endless);
        await MatchesAsync(server, key, "third", 1);
        Assert.Equal("set_aside", (await server.GetAsync($"{Rules}/endless", key)).Json.GetProperty("state").GetString());
        // What it missed is known.
        var gap = Assert.Single((await server.GetAsync($"{Rules}/endless", key)).Json.GetProperty("gaps").EnumerateArray());
        Assert.Equal((JsonValueKind.Null, "it took longer than 50 ms for an event"), (gap.GetProperty("to").ValueKind, gap.GetProperty("reason").GetString()));
        Assert.True(gap.GetProperty("from").GetDateTime() <= DateTime.UtcNow);
        await server.SendAsync("PUT", $"{Rules}/endless", key, Text("title: ends\nid: endless\nlogsource: {product: windows}\ndetection:\n  a:\n    text|re: '^a+!$'\n  condition: a\n"));
        await IngestAsync(server, key, endless);
        await MatchesAsync(server, key, "endless", 1);
        Assert.Equal("firing", (await server.GetAsync($"{Rules}/endless", key)).Json.GetProperty("state").GetString());
        gap = Assert.Single((await server.GetAsync($"{Rules}/endless", key)).Json.GetProperty("gaps").EnumerateArray());
        Assert.Equal((JsonValueKind.String, JsonValueKind.Null), (gap.GetProperty("to").ValueKind, gap.GetProperty("filled_at").ValueKind));
        // And it is filled by raising what it would have raised.
        var from = gap.GetProperty("from").GetRawText();
        Assert.Equal("done", (await BacktestAsync(key, "endless", $"{{\"from\":{from},\"apply\":true}}")).GetProperty("state").GetString());
        gap = Assert.Single((await server.GetAsync($"{Rules}/endless", key)).Json.GetProperty("gaps").EnumerateArray());
        Assert.Equal(JsonValueKind.String, gap.GetProperty("filled_at").ValueKind);
    }

    private async Task<JsonElement> BacktestAsync(string key, string rule, string body)
    {
        var job = (await server.PostAsync($"{Rules}/{rule}/backtest", key, body)).Json.GetProperty("id").GetString();
        return await UntilAsync(async () => (await server.GetAsync($"{Rules}/backtest/{job}", key)).Json, answer => answer.GetProperty("state").GetString() is "done" or "failed" ? true : null);
    }

    private static StringContent Text(string body) => new(body);

    private static async Task IngestAsync(RunningServer server, string key, params string[] events) =>
        Assert.Equal(200, (await server.PostAsync("/v1/ingest/jsonl", key, string.Join('\n', events))).Code);

    // Rules are run behind the acknowledgement: asked again until they have been.
    private static async Task<JsonElement> MatchesAsync(RunningServer server, string key, string rule, long expected) =>
        await UntilAsync(async () => (await server.GetAsync($"{Rules}/{rule}/matches", key)).Json, answer => answer.GetProperty("total").GetInt64() == expected ? true : null);

    private static async Task<JsonElement> UntilAsync(Func<Task<JsonElement>> ask, Func<JsonElement, bool?> holds)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            var answer = await ask();
            if (holds(answer) is { } decided)
            {
                Assert.True(decided, answer.ToString());
                return answer;
            }
            Assert.False(patience.IsCancellationRequested, answer.ToString());
            await Task.Yield();
        }
    }

    private Task<Answer> ImportAsync(string key, string parameters, byte[] body) => server.SendAsync("POST", $"{Rules}/import{parameters}", key, new ByteArrayContent(body));

    private static byte[] Zip(params (string Name, string Text)[] files)
    {
        using var into = new MemoryStream();
        using (var zip = new ZipArchive(into, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, text) in files)
            {
                using var entry = zip.CreateEntry(name).Open();
                entry.Write(Encoding.UTF8.GetBytes(text));
            }
        }
        return into.ToArray();
    }

    private static byte[] TarGz(params (string Name, string Text)[] files)
    {
        using var into = new MemoryStream();
        using (var gzip = new GZipStream(into, CompressionMode.Compress, leaveOpen: true))
        using (var tar = new TarWriter(gzip))
        {
            foreach (var (name, text) in files)
            {
                tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)) });
            }
        }
        return into.ToArray();
    }
}
