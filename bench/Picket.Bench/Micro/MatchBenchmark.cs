using System.Text;
using BenchmarkDotNet.Attributes;
using Picket.Events.Batches;
using Picket.Events.Parsing;
using Picket.Events.Schema;
using Picket.Query;
using Picket.Query.Operators;

namespace Picket.Bench.Micro;

/// <summary>Operators over the messages of 8,192 events.</summary>
public class MatchBenchmark
{
    private const int Rows = 8_192;
    private readonly RowSet rows = new();
    private EventBatch batch = null!;
    private Matcher matcher = null!;

    [Params("phrase", "contains", "equal", "regex", "level")]
    public string Operator { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        using var parser = new EventParser { ReceivedAt = 1_800_000_000_000_000_000 };
        for (var i = 0; i < Rows; i++)
        {
            parser.TryParse(Encoding.UTF8.GetBytes($"{{\"level\":\"{(i % 20 == 0 ? "error" : "info")}\",\"message\":\"connection {(i % 50 == 0 ? "timeout" : "closed")} after {i} ms to primary database shard {i % 256}\"}}"), i);
        }
        batch = parser.Into.Seal();
        Picket.Query.Operators.Operator op = Operator switch
        {
            "phrase" => new Phrase("timeout"),
            "contains" => new Contains("meou"),
            "equal" => new EqualTo("connection closed after 77 ms to primary database shard 77"),
            "regex" => new MatchesRegex("shard 7[0-9]$"),
            _ => new EqualTo("error"),
        };
        matcher = new Matcher(new Filter.Term(Operator == "level" ? EventSchema.Level : EventSchema.Message, op));
    }

    [Benchmark(OperationsPerInvoke = Rows)]
    public bool Match()
    {
        matcher.Match(batch, rows);
        return rows.IsEmpty;
    }
}
