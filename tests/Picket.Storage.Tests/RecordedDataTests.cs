using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using Picket.Events;
using Picket.Events.Parsing;
using Picket.Query.Language;
using Picket.Query.Pipes;
using Picket.Testing;

namespace Picket.Storage.Tests;

/// <summary>Logs that others recorded, with counts that others made.</summary>
public sealed class RecordedDataTests : ReturnsItsMemory
{
    [Fact]
    public async Task Every_check_of_Suricatas_own_tests_finds_as_many_events_as_it_says()
    {
        var folder = SharedData.Find("suricata_verify");
        Assert.SkipWhen(folder is null, "shared/data/suricata_verify is not there");
        using var checks = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(folder!, "checks.json")));
        await using var zip = await ZipFile.OpenReadAsync(Path.Combine(folder!, "eve.zip"));
        using var open = new OpenStore();
        var files = checks.RootElement.EnumerateArray().ToArray();
        for (var file = 0; file < files.Length; file++)
        {
            await using var eve = await zip.GetEntry(files[file].GetProperty("eve").GetString()!)!.OpenAsync();
            Assert.Equal(files[file].GetProperty("events").GetInt32(), await AppendAsync(open, new TenantId((uint)file + 1), eve));
        }
        foreach (var isFlushed in (bool[])[false, true])
        {
            if (isFlushed)
            {
                await open.Store.FlushAsync(default);
            }
            var asked = 0;
            for (var file = 0; file < files.Length; file++)
            {
                foreach (var check in files[file].GetProperty("checks").EnumerateArray())
                {
                    var text = string.Join(' ', check.GetProperty("match").EnumerateObject().Select(AsQuery));
                    var count = await CountAsync(open, new TenantId((uint)file + 1), text);
                    Assert.True(check.GetProperty("count").GetInt64() == count, $"{files[file].GetProperty("test")}: {text} finds {count}, not {check.GetProperty("count")}");
                    asked++;
                }
            }
            Assert.Equal(1_540, asked);
        }
    }

    [Fact]
    public async Task Counts_of_an_Apache_log_are_those_of_its_list()
    {
        var log = SharedData.Find("elastic_examples", "apache_access_1-5000.log");
        Assert.SkipWhen(log is null, "shared/data/elastic_examples is not there");
        using var expected = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.ChangeExtension(log!, ".expected.json")));
        using var open = new OpenStore();
        using var json = new MemoryStream();
        foreach (var line in await File.ReadAllLinesAsync(log!))
        {
            var (client, at, request, status) = (line[..line.IndexOf(' ')], Between(line, '[', ']'), Between(line, '"', '"'), line[(line.IndexOf("\" ", StringComparison.Ordinal) + 2)..][..3]);
            var time = DateTimeOffset.ParseExact(at, "dd/MMM/yyyy:HH:mm:ss zzz", CultureInfo.InvariantCulture);
            using (var writer = new Utf8JsonWriter(json))
            {
                writer.WriteStartObject();
                writer.WriteString("ts", time);
                writer.WriteString("client", client);
                writer.WriteString("method", request.Split(' ')[0]);
                writer.WriteNumber("http_status", int.Parse(status, CultureInfo.InvariantCulture));
                writer.WriteString("message", line);
                writer.WriteEndObject();
            }
            json.WriteByte((byte)'\n');
        }
        json.Position = 0;
        Assert.Equal(expected.RootElement.GetProperty("lines").GetInt32(), await AppendAsync(open, TenantId.Default, json));
        await open.Store.FlushAsync(default);
        await CheckAsync("status", "count by http_status");
        await CheckAsync("method", "count by method");
        Assert.Equal(expected.RootElement.GetProperty("distinct_clients").GetInt64(), long.Parse((await TableAsync(open, "* | stats distinct(client) as n")).Rows[0][0].Text!, CultureInfo.InvariantCulture));
        var top = expected.RootElement.GetProperty("top_clients").EnumerateArray().Select(pair => $"{pair[0]} {pair[1]}").ToArray();
        Assert.Equal(top.Order(), (await TableAsync(open, $"* | top {top.Length} client")).Rows.Select(row => $"{row[0].Text} {row[1].Text}").Order());
        var hours = await TableAsync(open, "* | histogram 1h");
        Assert.Equal(expected.RootElement.GetProperty("per_hour_utc").EnumerateObject().Select(hour => $"{hour.Name} {hour.Value}").Order(), hours.Rows.Select(row => $"{row[0].Text![..13]} {row[1].Text}").Order());

        async Task CheckAsync(string name, string pipe) => Assert.Equal(
            expected.RootElement.GetProperty(name).EnumerateObject().Select(pair => $"{pair.Name} {pair.Value}").Order(), (await TableAsync(open, "* | " + pipe)).Rows.Select(row => $"{row[0].Text} {row[1].Text}").Order());
    }

    [Fact]
    public async Task Counts_of_Zeek_logs_are_those_of_their_list()
    {
        var folder = SharedData.Find("zeek_json_apt29");
        Assert.SkipWhen(folder is null, "shared/data/zeek_json_apt29 is not there");
        using var expected = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(folder!, "expected.json")));
        await using var zip = await ZipFile.OpenReadAsync(Path.Combine(folder!, "day1.zip"));
        using var open = new OpenStore();
        var tenants = new Dictionary<string, TenantId>();
        foreach (var log in expected.RootElement.GetProperty("lines_by_log").EnumerateObject())
        {
            var tenant = tenants[log.Name] = new TenantId((uint)tenants.Count + 1);
            var lines = 0;
            foreach (var entry in zip.Entries.Where(entry => entry.Name == log.Name))
            {
                await using var stream = await entry.OpenAsync();
                lines += await AppendAsync(open, tenant, stream);
            }
            Assert.Equal(log.Value.GetInt32(), lines);
        }
        await open.Store.FlushAsync(default);
        var conn = expected.RootElement.GetProperty("conn");
        await CheckAsync("conn.log", conn.GetProperty("service"), "count by service");
        await CheckAsync("dns.log", expected.RootElement.GetProperty("dns_rcode"), "count by rcode_name");
        Assert.Equal(conn.GetProperty("orig_bytes_sum").GetRawText(), (await TableAsync(open, "* | stats sum(orig_bytes)", tenants["conn.log"])).Rows[0][0].Text);

        async Task CheckAsync(string log, JsonElement counts, string pipe) => Assert.Equal(
            counts.EnumerateObject().Select(pair => $"{pair.Name} {pair.Value}").Order(), (await TableAsync(open, "* | " + pipe, tenants[log])).Rows.Select(row => $"{row[0].Text ?? "None"} {row[1].Text}").Order());
    }

    private static string AsQuery(JsonProperty member) => member.Name switch
    {
        "has-key" => $"{member.Value.GetString()}:*",
        "not-has-key" => $"-{member.Value.GetString()}:*",
        // Numbers are compared by their text but in ranges, and 0 is written 0.0 here.
        _ when member.Value.ValueKind == JsonValueKind.Number && member.Value.GetRawText().Contains('.') => $"{member.Name}:[{member.Value.GetRawText()} TO {member.Value.GetRawText()}]",
        _ => $"{member.Name}:{(member.Name == "message" ? $"equal({Quoted(member.Value)})" : Quoted(member.Value))}",
    };

    private static string Quoted(JsonElement value) => QueryPrinter.Quoted(value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText());

    private static string Between(string line, char open, char close) => line[(line.IndexOf(open) + 1)..] is var rest ? rest[..rest.IndexOf(close)] : "";

    private static async Task<int> AppendAsync(OpenStore open, TenantId tenant, Stream lines)
    {
        // Some arrays are longer than the usual cap.
        using var parser = new EventParser(new ParseLimits { ValueBytes = 1024 * 1024 }) { Tenant = tenant, ReceivedAt = Some.Instant };
        using var all = new MemoryStream();
        await lines.CopyToAsync(all);
        parser.ParseLines(all.ToArray(), final: true);
        Assert.Equal(0, parser.Rejected);
        var batch = parser.Into.Seal();
        var count = batch.Count;
        await open.Store.AppendAsync(new Events.Log.AppendRequest(tenant, batch, null), default);
        return count;
    }

    private static async Task<long> CountAsync(OpenStore open, TenantId tenant, string query) =>
        long.Parse((await TableAsync(open, query + " | count", tenant)).Rows[0][0].Text!, CultureInfo.InvariantCulture);

    private static async Task<Table> TableAsync(OpenStore open, string query, TenantId? tenant = null) =>
        ((Answer.OfRows)await QueryRun.RunAsync(open.Store, tenant ?? TenantId.Default, QueryParser.Parse(query, Some.Instant), default)).Table;
}
