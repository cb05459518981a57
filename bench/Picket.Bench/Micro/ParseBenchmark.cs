using System.Text;
using System.Text.Json;
using BenchmarkDotNet.Attributes;
using Picket.Events.Parsing;

namespace Picket.Bench.Micro;

/// <summary>One ordinary event: read by the base library, and parsed into columns.</summary>
[MemoryDiagnoser]
public class ParseBenchmark
{
    private const int Lines = 1_000;
    private readonly byte[] text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, Lines).Select(i =>
        $"{{\"ts\":\"2026-01-20T06:{i / 60 % 60:00}:{i % 60:00}.123Z\",\"app\":\"auth-api\",\"host\":\"node-{i % 200:000}.dc1\",\"level\":\"info\",\"event_type\":\"login_failed\",\"message\":\"invalid password for user user{i:00000} from 10.0.0.{i % 255} port {i}\",\"request_id\":\"0f8fad5b-d9cb-469f-a165-{i:000000000000}\",\"user_id\":\"user{i:00000}\",\"src_ip\":\"10.0.0.{i % 255}\",\"http_status\":200,\"latency_ms\":{i}.5}}\n")));
    private readonly EventParser parser = new() { ReceivedAt = 1_800_000_000_000_000_000 };

    [Benchmark(Baseline = true, OperationsPerInvoke = Lines)]
    public int Reader()
    {
        var tokens = 0;
        for (ReadOnlySpan<byte> rest = text; !rest.IsEmpty;)
        {
            var end = rest.IndexOf((byte)'\n');
            var reader = new Utf8JsonReader(rest[..end]);
            while (reader.Read())
            {
                tokens++;
            }
            rest = rest[(end + 1)..];
        }
        return tokens;
    }

    [Benchmark(OperationsPerInvoke = Lines)]
    public int Parse()
    {
        var consumed = parser.ParseLines(text, final: true);
        parser.Into.Clear();
        return consumed;
    }
}
