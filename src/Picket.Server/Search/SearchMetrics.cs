using System.Diagnostics.Metrics;
using Picket.Server.Metrics;

namespace Picket.Server.Search;

/// <summary>What was asked. Thread-safe.</summary>
public sealed class SearchMetrics(IMeterFactory meters)
{
    private readonly Histogram<double> duration = meters.Create("Picket.Search").CreateHistogram<double>("picket.search.duration", "s", "From a question to its answer");

    public LatencyWindow Latencies { get; } = new();

    public void Answered(TimeSpan took)
    {
        duration.Record(took.TotalSeconds);
        Latencies.Add(took.TotalMilliseconds);
    }
}
