using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Picket.Server.Tests;

public sealed class OverloadTests
{
    [Fact]
    public async Task Caps_are_settings_and_counted_when_they_bite()
    {
        var folder = Directory.CreateTempSubdirectory("picket-test-").FullName;
        await using (var server = await RunningServer.StartAsync(folder, ("ingest.value_bytes", "64"), ("ingest.fields", "3"), ("ingest.event_bytes", "1KiB"), ("ingest.nesting", "2"), ("bootstrap_key", "k")))
        {
            using var http = new HttpClient { BaseAddress = new Uri(server.Urls.First()) };
            http.DefaultRequestHeaders.Add("X-API-Key", "k");
            await http.PostAsync("/v1/ingest/jsonl", new StringContent($"{{\"a\":\"{new string('x', 100)}\"}}\n{{\"a\":1,\"b\":2,\"c\":3,\"d\":4}}\n{{\"a\":[[[1]]]}}\n"));
            var metrics = await http.GetStringAsync("/metrics");
            foreach (var cap in (string[])["value_bytes", "fields", "nesting"])
            {
                Assert.Contains($"picket_ingest_capped_total{{cap=\"{cap}\"}} 1", metrics, StringComparison.Ordinal);
            }
        }
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Without_room_a_request_is_503_with_Retry_After_and_is_counted_and_others_are_answered()
    {
        var folder = Directory.CreateTempSubdirectory("picket-test-").FullName;
        await using (var server = await RunningServer.StartAsync(folder, ("ingest.in_flight", "20KiB"), ("ingest.patience", "50ms"), ("bootstrap_key", "k")))
        {
            using var http = new HttpClient { BaseAddress = new Uri(server.Urls.First()) };
            http.DefaultRequestHeaders.Add("X-API-Key", "k");
            using var slow = new TcpClient();
            await slow.ConnectAsync(IPAddress.Loopback, http.BaseAddress!.Port);
            await slow.GetStream().WriteAsync(Encoding.ASCII.GetBytes("POST /v1/ingest/jsonl HTTP/1.1\r\nHost: x\r\nX-API-Key: k\r\nContent-Length: 100000\r\n\r\n{\"a\":1}\n"));
            // The slow sender holds room, here four times its length, from the moment its first bytes are read.
            while (!(await http.GetStringAsync("/metrics")).Contains("picket_ingest_in_flight_bytes 400000", StringComparison.Ordinal))
            {
                await Task.Yield();
            }
            using var refused = await http.PostAsync("/v1/ingest/jsonl", new StringContent("{\"a\":2}\n"));
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            Assert.Equal(TimeSpan.FromSeconds(1), refused.Headers.RetryAfter!.Delta);
            Assert.Contains("\"error\":\"overloaded\"", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            Assert.Equal(HttpStatusCode.OK, (await http.PostAsync("/v1/logs/search", null)).StatusCode);
            Assert.Contains("picket_ingest_refused_total{reason=\"in_flight_bytes\"} 1", await http.GetStringAsync("/metrics"), StringComparison.Ordinal);
            slow.Close();
            while (!(await http.GetStringAsync("/metrics")).Contains("picket_ingest_in_flight_bytes 0", StringComparison.Ordinal))
            {
                await Task.Yield();
            }
            Assert.Equal(HttpStatusCode.OK, (await http.PostAsync("/v1/ingest/jsonl", new StringContent("{\"a\":2}\n"))).StatusCode);
        }
        Directory.Delete(folder, recursive: true);
    }
}
