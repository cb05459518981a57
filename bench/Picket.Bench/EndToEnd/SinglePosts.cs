using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Picket.Bench.EndToEnd;

/// <summary>
/// Posts of one event each over many connections, every one acknowledged after fsync. The client speaks HTTP over bare sockets, because a comfortable one takes more of the
/// processor than the server does.
/// </summary>
internal static class SinglePosts
{
    private static readonly TimeSpan Warm = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(8);

    public static async Task RunAsync(string program)
    {
        foreach (var connections in (int[])[100, 1_000])
        {
            using var server = await BenchServer.StartAsync(program);
            await PostAsync(connections, Warm);
            var processor = server.ProcessorTime;
            var times = await PostAsync(connections, Measured);
            var seconds = (server.ProcessorTime - processor).TotalSeconds;
            times.Sort();
            BenchServer.Print($"single posts, {connections} connections: {times.Count / Measured.TotalSeconds:N0} acknowledged events/s, {times.Count / seconds:N0} a CPU-second of the server, p50 {times[times.Count / 2]:N1} ms, p99 {times[times.Count * 99 / 100]:N1} ms");
        }
    }

    private static async Task<List<double>> PostAsync(int connections, TimeSpan duration)
    {
        const string body = """{"ts":"2026-01-20T00:00:00.000Z","app":"orders-cron","host":"node-133.dc1","level":"info","event_type":"token_issued","message":"issued token for user00007 scope read:orders ttl 85488","user_id":"user00007","src_ip":"217.81.216.88"}""";
        var request = Encoding.ASCII.GetBytes($"POST /v1/ingest/jsonl HTTP/1.1\r\nHost: localhost\r\nX-API-Key: bench-key\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        var end = Stopwatch.GetTimestamp() + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        var all = await Task.WhenAll(Enumerable.Range(0, connections).Select(async _ =>
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, 18_080));
            var (times, answer) = (new List<double>(), new byte[4_096]);
            while (Stopwatch.GetTimestamp() < end)
            {
                var start = Stopwatch.GetTimestamp();
                await socket.SendAsync(request);
                // An acknowledgement is one chunk that ends with the end of chunks.
                var length = 0;
                do
                {
                    length += await socket.ReceiveAsync(answer.AsMemory(length));
                }
                while (!answer.AsSpan(0, length).EndsWith("\r\n0\r\n\r\n"u8));
                if (!answer.AsSpan(9).StartsWith("200"u8))
                {
                    throw new InvalidOperationException(Encoding.UTF8.GetString(answer, 0, length));
                }
                times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
            return times;
        }));
        return [.. all.SelectMany(times => times)];
    }
}
